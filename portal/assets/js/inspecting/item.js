// One item on the phone: what is asked, what was entered, its photos, what somebody else entered.
import { words } from '../start.js';
import { keepPhoto, showPhotos, unfit } from './photos.js';

const PAUSE = 800;
const FIELDS = ['result', 'place', 'note', 'major', 'on_spot'];

export class Item {
  constructor(page) {
    this.page = page;
    this.pack = null;
    this.asked = null;
    this.form = page.root.querySelector('form');
    this.ready = Promise.resolve();
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.save(event.submitter || this.pressed); });
    // Safari tells no submitter before 15.4.
    this.form.addEventListener('click', (event) => { if (event.target.type === 'submit') this.pressed = event.target; });
    this.form.elements.files.addEventListener('change', () => {
      const chosen = [...this.form.elements.files.files];
      this.form.elements.files.value = '';
      this.ready = this.ready.then(() => this.add(chosen)).catch(() => this.page.say('photo-said', this.page.words.photoFailed));
    });
    // Whatever closes the page: what was typed is kept before.
    const keep = () => { if (this.isOpen()) this.keep().catch(() => this.page.say('saved', this.page.words.failed)); };
    document.addEventListener('visibilitychange', () => { if (document.hidden) keep(); });
    this.form.addEventListener('input', (event) => {
      clearTimeout(this.timer);
      if (event.target.type !== 'file') this.timer = setTimeout(keep, PAUSE);
    });
    page.part('leave').addEventListener('click', () => this.leave());
  }

  isOpen() {
    return !this.page.part('item').hidden;
  }

  label(result) {
    const field = this.form.querySelector(`[name=result][value="${result}"]`);
    return field ? field.parentNode.textContent.trim() : result;
  }

  fieldsOf(known) {
    const fields = {};
    for (const name of FIELDS) if (known[name]) fields[name] = known[name];
    // Which of the two says something only where an item failed.
    if (fields.result !== 'fail') {
      delete fields.major;
      delete fields.on_spot;
    }
    return fields;
  }

  /** What stands for an item: what waits before what the portal has. */
  entered(pack, item, waiting) {
    const own = waiting.filter(({ body }) => body.kind === 'answer' && body.item === item);
    return own.length ? own[own.length - 1].body.fields : this.fieldsOf(pack.body.answers[item] || {});
  }

  /** Fills in what belongs to an item; returns whether another one stood here before. */
  async show(pack, asked) {
    const { page, form } = this;
    const isNew = !this.asked;
    this.pack = pack;
    this.asked = asked;
    const waiting = await page.waiting(pack, asked.id);
    const order = pack.body.items.map(({ id }) => id);
    const at = order.indexOf(asked.id);
    const part = (name) => page.part(`item-${name}`);
    part('number').textContent = words(page.words.number, { number: String(at + 1), all: String(order.length), id: asked.id });
    part('name').textContent = asked.name;
    part('how').textContent = asked.how;
    part('basis').textContent = asked.basis;
    part('criterion').textContent = asked.criterion;
    part('photo').hidden = !asked.photo;
    part('back').href = `#${pack.body.work}`;
    const earlier = part('earlier');
    earlier.hidden = at === 0;
    earlier.href = at ? `#${pack.body.work}/${encodeURIComponent(order[at - 1])}` : '#';
    this.suit(asked);
    if (isNew) {
      this.filled = this.entered(pack, asked.id, waiting);
      this.seen = (pack.body.answers[asked.id] || { edits: 0 }).edits;
      this.own = [];
      this.fill(this.filled);
      page.say('photo-said', '');
    }
    this.showWaiting(waiting);
    return isNew;
  }

  /** Leaves out what this item cannot be, as the plain page does. */
  suit(asked) {
    for (const field of this.form.querySelectorAll('[name=result]')) {
      const isOut = asked.major === 'listed' && field.value === 'partial';
      field.disabled = isOut;
      field.closest('label').hidden = isOut;
    }
    this.page.part('item-major').hidden = asked.major === 'none';
    for (const field of this.form.querySelectorAll('[name=major]')) field.disabled = asked.major === 'none';
  }

  fill(fields) {
    this.form.reset();
    for (const name of ['place', 'note']) this.form.elements[name].value = fields[name] || '';
    for (const field of this.form.querySelectorAll('[type=radio]')) field.checked = field.value === fields[field.name];
    for (const field of this.form.querySelectorAll('[type=checkbox]')) field.checked = Boolean(fields[field.name]);
  }

  typed() {
    const found = new FormData(this.form);
    const known = {};
    for (const name of FIELDS) known[name] = (found.get(name) || '').replace(/\r\n?/g, '\n');
    return this.fieldsOf(known);
  }

  showWaiting(waiting) {
    const { page } = this;
    const answer = waiting.filter(({ body }) => body.kind === 'answer').pop();
    page.say('refused', answer && answer.state === 'refused' ? answer.body.words : '');
    const clash = page.part('clash');
    this.isClash = Boolean(answer) && answer.state === 'clash';
    clash.hidden = !this.isClash;
    // Theirs is on the page now: whoever saves has seen it.
    if (this.isClash) this.seen = answer.body.seen;
    const list = clash.querySelector('ul');
    list.textContent = '';
    for (const { name, value } of (answer && answer.body.theirs) || []) {
      list.append(Object.assign(document.createElement('li'), { textContent: `${name}: ${value}` }));
    }
    const { photos = 0 } = this.pack.body.answers[this.asked.id] || {};
    page.say('there', photos ? words(page.words.there, { photos: String(photos) }) : '');
    this.photos = waiting.filter(({ body }) => body.kind === 'photo');
    showPhotos(page.part('photos'), page.part('photo-row'), this.photos, this.page);
    page.removePhoto = async (photo) => {
      await page.box.remove(photo.id);
      await page.show();
      this.form.elements.files.focus();
    };
  }

  async add(chosen) {
    const { page, pack, asked } = this;
    for (const file of chosen) {
      const here = { item: asked.id, waiting: (await page.waiting(pack, asked.id)).filter(({ body }) => body.kind === 'photo').length };
      const reason = unfit(file, pack, here);
      if (!reason) await keepPhoto(page.box, pack, asked.id, file);
      page.say('photo-said', words(page.words[reason || 'photoKept'], { name: file.name }));
    }
    await page.show();
    // Not waited for: the next photo is kept while this one is on its way.
    page.send();
  }

  async save(button) {
    const { page, pack, asked } = this;
    await this.ready;
    try {
      await this.keep({ decides: true });
    } catch {
      page.say('saved', page.words.failed);
      return;
    }
    const order = pack.body.items.map(({ id }) => id);
    const next = button && button.value === 'next' ? order[order.indexOf(asked.id) + 1] : '';
    const target = `#${pack.body.work}${next ? `/${encodeURIComponent(next)}` : ''}`;
    if (button && button.value === 'stay') await page.show();
    else self.location.hash = target;
    page.send();
  }

  /** Keeps what stands in the form, unless it is what stood there before; one after another. Only
   * who presses Save decides between two answers: all else keeps what was typed beside the other. */
  keep({ decides = false } = {}) {
    clearTimeout(this.timer);
    const kept = (this.keeping || Promise.resolve()).then(async () => {
      const { page, pack, asked, seen, own, isClash } = this;
      if (!asked) return;
      const fields = this.typed();
      if (!(isClash && decides) && JSON.stringify(fields) === JSON.stringify(this.filled)) return;
      if (isClash && !decides) {
        await page.keepBeside(pack, asked.id, fields);
      } else {
        own.push(await page.keep(pack, asked.id, fields, { seen, own }));
        this.isClash = false;
      }
      this.filled = fields;
      page.say('saved', words(page.words.saved, { id: asked.id }));
    });
    this.keeping = kept.catch(() => {});
    return kept;
  }

  /** Keeps what was typed before another place of the page is shown. */
  async leftFor(pack, item) {
    if (!this.asked || (pack && pack.id === this.pack.id && this.asked.id === item)) return;
    await this.keep().catch(() => this.page.say('saved', this.page.words.failed));
    this.asked = null;
  }

  /** Drops what was entered here: theirs stands. */
  async leave() {
    for (const { id, body } of await this.page.waiting(this.pack, this.asked.id)) if (body.kind === 'answer') await this.page.box.remove(id);
    this.asked = null;
    await this.page.show();
  }
}
