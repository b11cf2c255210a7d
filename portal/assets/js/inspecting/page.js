// Inspecting without a network: the list of what was taken along, an inspection, an item. What is
// entered is kept on this phone first, and sent when there is a network.
import { openBox } from '../offline/box.js';
import { drawn } from '../offline/chance.js';
import { Later } from '../offline/courier.js';
import { register } from '../offline/register.js';
import { words } from '../start.js';
import { Item } from './item.js';
import { boxOf, mark, setMark } from './names.js';
import { Locked, fetched, sendAll } from './sending.js';
import { counted, wipe } from './wipe.js';

/** How many entries are named that another one replaces: those before them are long settled. */
const AFTER = 100;
/** Before it is tried again where the portal did not take it: in milliseconds, doubled each time. */
const PAUSES = { first: 1000, most: 60000 };

export function inspecting(root) {
  // Hashes and a page that opens without a network need a connection that nobody can tamper with.
  if (!self.indexedDB || !self.Promise || !self.isSecureContext || !self.crypto || !crypto.subtle) return;
  const page = new Page(root);
  document.querySelector('[data-kept-in-vain]').hidden = true;
  root.hidden = false;
  page.open().catch(() => page.say('notice', page.words.failed));
}

class Page {
  constructor(root) {
    this.root = root;
    this.words = root.querySelector('[data-kept-words]').dataset;
    this.box = null;
    this.owner = '';
    this.pause = PAUSES.first;
    this.retry = 0;
    this.item = new Item(this);
    window.addEventListener('hashchange', () => this.show());
    window.addEventListener('online', () => { this.line(); this.send(); });
    window.addEventListener('offline', () => this.line());
    this.part('send').addEventListener('click', () => this.send());
    this.part('off').addEventListener('click', () => this.takeOff());
  }

  part(name) {
    return this.root.querySelector(`[data-kept-${name}]`);
  }

  /** Where it is told what an inspection is now. */
  address({ pack }) {
    return `${pack}?lang=${this.root.dataset.lang}`;
  }

  /** Where this page finds what it may show: what an account took along by another page is not. */
  packOf(work) {
    const { pack, nobody } = this.root.dataset;
    return pack.replace(nobody, work);
  }

  /** Where in the page somebody is: {wanted, item}, each '' if nowhere. */
  place() {
    try {
      const [wanted = '', item = ''] = self.location.hash.slice(1).split('/').map(decodeURIComponent);
      return { wanted, item };
    } catch {
      return { wanted: '', item: '' };
    }
  }

  line() {
    const line = this.part('line');
    line.textContent = navigator.onLine === false ? line.dataset.offline : line.dataset.online;
  }

  async open() {
    this.line();
    const { holder, owners } = mark();
    if (owners.includes(holder)) await this.unlock(holder);
    register(this.root.dataset.worker, this.root.dataset.home).catch(() => {});
    const { wanted } = this.place();
    if (wanted && !(await this.packs()).some((pack) => pack.body.work === wanted)) await this.take(wanted);
    await this.tidy();
    await this.show();
    await this.send();
  }

  async unlock(owner) {
    if (this.owner === owner) return;
    if (this.box) this.box.close();
    this.box = await openBox(boxOf(owner));
    this.owner = owner;
    this.box.gone = () => self.location.reload();
  }

  /** Takes an inspection along that is not on this phone yet. */
  async take(wanted) {
    try {
      const body = await fetched(this.address({ pack: this.packOf(wanted) }));
      if (body.state !== 'under way') {
        this.say('notice', body.words || this.words.denied);
        return;
      }
      await this.unlock(body.owner);
      const { owners } = mark();
      setMark({ holder: body.owner, owners: owners.includes(body.owner) ? owners : [...owners, body.owner] });
      await this.box.put({ state: 'pack', body: { ...body, lang: this.root.dataset.lang, until: Date.now() + 1000 * body.seconds } });
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    } catch (error) {
      this.failed(error);
    }
  }

  async all() {
    return this.box ? (await this.box.list()).filter(({ body }) => body) : [];
  }

  async packs() {
    return (await this.all()).filter(({ state, body }) => state === 'pack' && body.pack === this.packOf(body.work));
  }

  /** What waits of an inspection, of one of its items where that is named. */
  async waiting(pack, item) {
    return (await this.all()).filter(({ state, body }) => state !== 'pack' && body.inspection === pack.body.inspection && (!item || body.item === item) && body.ready !== false);
  }

  /** Lets go of what nobody came back to, and of photos that were not kept whole. */
  async tidy() {
    for (const { id, state, body } of await this.all()) {
      if (state === 'photo' && !body.ready) await this.box.remove(id);
    }
    for (const pack of await this.packs()) {
      if (pack.body.until < Date.now() && !(await this.waiting(pack)).length) await this.box.remove(pack.id);
    }
  }

  say(name, text) {
    const place = this.part(name);
    place.textContent = text;
    place.hidden = !text;
  }

  /** Draws the place that the address names; one drawing after another. */
  show() {
    this.showing = (this.showing || Promise.resolve()).then(() => this.draw()).catch(() => this.say('notice', this.words.failed));
    return this.showing;
  }

  async draw() {
    const { wanted, item } = this.place();
    const packs = await this.packs();
    const pack = packs.find(({ body }) => body.work === wanted);
    const asked = pack && pack.body.items.find(({ id }) => id === item);
    await this.item.leftFor(pack, item);
    await this.showWaiting(packs);
    const isNew = Boolean(asked) && await this.item.show(pack, asked);
    if (pack && !asked) await this.showOne(pack);
    if (!pack) this.showList(packs);
    // Only now: nothing is seen, or read out, that is not filled in.
    this.part('list').hidden = Boolean(pack);
    this.part('one').hidden = !pack || Boolean(asked);
    this.part('item').hidden = !asked;
    if (isNew) this.part('item-name').focus();
  }

  async showWaiting(packs) {
    const waiting = counted(this.box ? await this.box.count() : {});
    const said = waiting.all ? this.words.waits : packs.length ? this.words.sent : '';
    this.say('waits', words(said, { answers: String(waiting.answers), photos: String(waiting.photos) }));
    this.part('send').hidden = !waiting.all;
  }

  showList(packs) {
    const list = this.part('packs');
    list.textContent = '';
    for (const { body } of packs) list.append(row(`#${body.work}`, body.number, `${body.checklist} · ${body.heading}`, ''));
    this.part('none').hidden = packs.length > 0;
    list.hidden = !packs.length;
  }

  async showOne(pack) {
    const { body } = pack;
    const waiting = await this.waiting(pack);
    this.part('title').textContent = `${body.number} ${body.checklist}`;
    const facts = this.part('facts');
    facts.textContent = '';
    for (const [name, said] of body.facts) facts.append(line(`${name}: ${said}`));
    this.say('over', body.state === 'over' ? body.words : body.denied ? this.words.denied : '');
    const entered = (item) => this.item.entered(pack, item, waiting);
    const done = body.items.filter(({ id }) => entered(id).result).length;
    this.part('done').textContent = words(this.words.done, { done: String(done), all: String(body.items.length) });
    const list = this.part('items');
    list.textContent = '';
    for (const { id, name } of body.items) {
      const { result } = entered(id);
      const own = waiting.filter((one) => one.body.item === id);
      const clash = own.some(({ state }) => state === 'clash');
      const marks = [result ? this.item.label(result) : this.words.open, clash ? this.words.clash : own.length ? this.words.unsent : ''];
      list.append(row(`#${body.work}/${encodeURIComponent(id)}`, id, name, marks.filter(Boolean).join(' · ')));
    }
    this.part('page').href = body.address;
    this.say('off-asks', waiting.length ? this.words.lost : '');
  }

  async takeOff() {
    const { wanted } = this.place();
    for (const pack of (await this.packs()).filter(({ body }) => body.work === wanted)) {
      for (const { id, body } of await this.all()) if (body.inspection === pack.body.inspection) await this.box.remove(id);
    }
    // With the last one goes everything, the page itself too.
    if (!(await this.all()).length) {
      this.box.close();
      this.box = null;
      await wipe(this.owner);
      this.owner = '';
    }
    self.location.hash = '';
    this.say('notice', this.words.gone);
  }

  /** Keeps an answer in the place of what waits of the same item, so that the last word is sent.
   * `seen` is the count of changes that its writer saw, `own` are the entries written since. */
  async keep(pack, item, fields, { seen, own }) {
    const before = (await this.waiting(pack, item)).filter(({ body }) => body.kind === 'answer');
    const after = [...own];
    for (const { body } of before) after.push(...body.after, body.id);
    const body = { kind: 'answer', inspection: pack.body.inspection, id: drawn(), item, fields, after: [...new Set(after)].slice(-AFTER), seen, at: Date.now() };
    await this.box.put({ state: 'answer', body });
    // Only now: whatever happens in between, one of them is there.
    for (const { id } of before) await this.box.remove(id);
    return body.id;
  }

  /** Keeps what was typed of an answer that clashes: it waits until somebody decides. */
  async keepBeside(pack, item, fields) {
    for (const one of await this.waiting(pack, item)) {
      if (one.state === 'clash') await this.box.put({ ...one, body: { ...one.body, fields } });
    }
  }

  async send() {
    clearTimeout(this.retry);
    if (navigator.onLine === false || !this.box) return;
    let left = false;
    try {
      await sendAll(this.box, this.owner, (body) => this.address(body), (what) => this.tell(what));
      this.say('status', '');
      this.part('signin').hidden = true;
    } catch (error) {
      left = this.failed(error);
    }
    await this.show();
    if (left) this.retry = setTimeout(() => this.send(), this.pause);
    this.pause = left ? Math.min(2 * this.pause, PAUSES.most) : PAUSES.first;
  }

  tell({ state, number, all, share }) {
    this.say('status', state === 'photo' ? words(this.words.sendingPhoto, { number: String(number), all: String(all), share }) : this.words.sending);
  }

  /** Says why it is not sent; true where trying again by itself may help. */
  failed(error) {
    if (error instanceof Locked) {
      this.part('signin').hidden = false;
      this.say('status', '');
      // What another account left here is not for who is signed in now.
      if (error.why === 'foreign') this.hide();
      return false;
    }
    this.say('status', error instanceof Later && error.why === 'waiting' ? this.words.noNetwork : this.words.later);
    return true;
  }

  hide() {
    this.box.close();
    this.box = null;
    this.owner = '';
    self.location.hash = '';
  }
}

function line(text) {
  return Object.assign(document.createElement('li'), { textContent: text });
}

/** A row of a list of items: what it is, its name, what came of it. */
function row(address, id, name, said) {
  const found = document.createElement('li');
  const link = document.createElement('a');
  link.href = address;
  for (const [part, text] of [['id', id], ['name', name], ['mark', said]]) {
    link.append(Object.assign(document.createElement('span'), { className: `portal-items__${part}`, textContent: text }));
  }
  found.append(link);
  return found;
}
