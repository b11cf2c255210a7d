// The list of what is on the device: what waits, what came back, and codes to be written down.
import { words } from '../start.js';

const LONGEST = 60;

export class Kept {
  constructor(page) {
    this.page = page;
    this.list = page.part('list');
    this.template = page.part('item');
    this.waits = 0;
  }

  /** Draws the list anew from the device. */
  async show() {
    if (this.page.isOver) return;
    const own = this.page.draft && this.page.draft.id;
    const items = (await this.page.box.list().catch(() => [])).filter(({ id }) => id !== own);
    if (this.page.isOver) return;
    this.waits = items.filter(({ state }) => state === 'waiting' || state === 'refused').length;
    const seen = new Map([...this.list.children].map((row) => [row.dataset.item, row]));
    const rows = items.map((item) => {
      const mark = `${item.id} ${item.state}`;
      return seen.get(mark) || this.row(item, mark);
    });
    for (const row of [...this.list.children]) if (!rows.includes(row)) row.remove();
    rows.forEach((row, at) => { if (this.list.children[at] !== row) this.list.insertBefore(row, this.list.children[at] || null); });
    this.page.part('kept').hidden = !items.length;
  }

  row(item, mark) {
    const row = this.template.content.cloneNode(true).firstElementChild;
    row.dataset.item = mark;
    row.dataset.id = item.id;
    const said = this.page.words;
    const { body } = item;
    const state = body ? item.state : 'unreadable';
    row.querySelector('[data-item-title]').textContent = state === 'sent' ? said.titleSent : said.titleWaiting;
    row.querySelector('[data-item-status]').textContent = state === 'draft' ? this.page.part('saved').dataset.saved : said[state];
    if (body && body.fields) row.querySelector('[data-item-words]').textContent = this.excerpt(body.fields);
    else row.querySelector('[data-item-words]').remove();
    if (state === 'sent') this.code(row, body.code);
    const notes = row.querySelector('[data-item-notes]');
    for (const text of this.notes(item)) notes.append(Object.assign(document.createElement('li'), { textContent: text }));
    for (const [name, act, classes] of this.acts(item, state)) this.button(row, said[name], act, classes);
    return row;
  }

  excerpt(fields) {
    const text = [...(new Map(fields).get('text') || this.page.words.noWords)];
    return text.length > LONGEST ? `${text.slice(0, LONGEST).join('')}…` : text.join('');
  }

  code(row, code) {
    row.querySelector('[data-item-code]').hidden = false;
    row.querySelectorAll('.portal-code span').forEach((four, at) => { four.textContent = code.slice(4 * at, 4 * at + 4); });
  }

  notes({ state, body }) {
    if (!body) return [];
    const { refused = [], notes = [], errors = {}, words: others = [] } = body;
    if (state === 'refused') return [...others, ...Object.values(errors)];
    const gone = refused.map((file) => words(this.page.words.fileRefused, { name: file.name, words: file.refused }));
    return state === 'sent' ? [...notes, ...gone] : [];
  }

  acts(item, state) {
    const { page } = this;
    const remove = async () => {
      await page.box.remove(item.id);
      await this.show();
    };
    if (state === 'sent') return [['copy', (button) => this.copy(item.body.code, button), ''], ['noted', remove, 'portal-btn--go']];
    if (state === 'unreadable') return [['delete', remove, 'portal-btn--bad']];
    const change = ['change', () => page.change(item), state === 'refused' ? 'portal-btn--go' : ''];
    const again = state === 'waiting' ? [['try', () => page.sendWaiting(), 'portal-btn--go']] : [];
    return [...again, change, ['delete', remove, 'portal-btn--bad']];
  }

  button(row, text, act, classes) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = `portal-btn ${classes}`;
    button.textContent = text;
    button.addEventListener('click', () => act(button));
    row.querySelector('[data-item-buttons]').append(button);
  }

  async copy(code, button) {
    const said = this.page.words;
    try {
      await navigator.clipboard.writeText(code.replace(/(.{4})(?=.)/g, '$1 '));
      button.textContent = said.copied;
    } catch {
      button.textContent = said.copyFailed;
    }
  }

  /** Says how a sending gets on; what is drawn anew comes with `show`. */
  tell(id, what) {
    const row = this.list.querySelector(`[data-id="${id}"]`);
    const said = this.page.words;
    if (what.state === 'sent' || what.state === 'refused' || !row) return;
    const sentence = what.state === 'sending-file' ? words(said.sendingFile, { number: String(what.number), all: String(what.all), share: what.share }) : said[what.state] || said.later;
    const line = row.querySelector('[data-item-status]');
    if (line.textContent !== sentence) line.textContent = sentence;
    const moving = what.state.startsWith('sending');
    row.querySelectorAll('[data-item-buttons] button').forEach((button) => { button.disabled = moving; });
  }

  focus(id) {
    const row = this.list.querySelector(`[data-id="${id}"]`);
    if (row) row.focus();
  }
}
