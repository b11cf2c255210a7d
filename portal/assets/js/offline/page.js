// The page of the form that needs no network. What is typed is kept as a draft on the device; sending
// makes it wait, and what waits is sent when there is a network, here or by the service worker.
import { openBox, memoryBox, deleteBox } from './box.js';
import { drawn } from './chance.js';
import { Files } from './files.js';
import { Kept } from './kept.js';
import { BOX, CACHE, SCOPE, SYNC } from './names.js';
import { register } from './register.js';
import { sendAll } from './report.js';

const PAUSE = 800;
/** Before it is tried again where the portal did not take it: in milliseconds, doubled each time. */
const PAUSES = { first: 1000, most: 60000 };

export function offlinePage(root) {
  if (!self.crypto || !self.crypto.getRandomValues || !self.Promise) return;
  begin(root);
}

async function begin(root) {
  const box = await openBox(BOX).catch(() => null) || memoryBox();
  document.querySelector('[data-offline-in-vain]').hidden = true;
  root.hidden = false;
  new Page(root, box);
}

class Page {
  constructor(root, box) {
    this.root = root;
    this.box = box;
    this.form = root.querySelector('form');
    this.rules = JSON.parse(root.dataset.rules);
    this.addresses = { begin: root.dataset.begin, send: root.dataset.send };
    this.words = root.querySelector('[data-offline-words]').dataset;
    this.draft = null;
    this.timer = 0;
    this.retry = 0;
    this.pause = PAUSES.first;
    this.taken = new Set();
    this.isOver = false;
    this.files = new Files(this);
    this.kept = new Kept(this);
    root.querySelector('[data-offline-memory]').hidden = box.lasts;
    box.gone = () => this.wiped();
    this.listen();
    this.line();
    this.open();
  }

  part(name) {
    return this.root.querySelector(`[data-offline-${name}]`);
  }

  listen() {
    const { form } = this;
    form.addEventListener('input', (event) => { if (event.target.type !== 'file') this.later(); });
    form.addEventListener('change', (event) => { if (event.target.name === 'category') this.ask(event.target.value); });
    form.addEventListener('submit', (event) => { event.preventDefault(); this.send(); });
    document.addEventListener('visibilitychange', () => { if (document.hidden) this.keep(); });
    window.addEventListener('pagehide', () => this.keep());
    window.addEventListener('online', () => { this.line(); this.sendWaiting(); });
    window.addEventListener('offline', () => this.line());
    window.addEventListener('beforeunload', (event) => {
      // Only where leaving loses something.
      if (this.box.lasts || this.isOver || !(this.kept.waits || this.typed().length)) return;
      event.preventDefault();
      event.returnValue = '';
    });
    this.part('wipe').addEventListener('click', () => this.wipe());
    // Before the link's own script, which leaves.
    document.addEventListener('click', (event) => {
      const link = event.target.closest('[data-module~="portal-leave"]');
      if (link) this.leave(link);
    }, true);
    if ('serviceWorker' in navigator) navigator.serviceWorker.addEventListener('message', () => this.kept.show());
  }

  line() {
    const line = this.part('line');
    line.textContent = navigator.onLine === false ? line.dataset.offline : line.dataset.online;
  }

  /** Brings back the draft that no other tab has before it, and sends what waits. */
  async open() {
    register(this.root.dataset.worker, SCOPE).catch(() => {});
    for (const item of await this.box.list()) {
      if (item.state === 'draft' && item.body && (await this.take(item.id))) {
        this.fill(item);
        break;
      }
    }
    this.scanned(codeInAddress() || this.form.elements.unit.value);
    await this.kept.show();
    await this.sendWaiting();
  }

  /** Lets the unit by whose code the page was opened go along; '': none. */
  scanned(code) {
    this.form.elements.unit.value = code;
    this.part('unit').hidden = !code;
  }

  /** Takes a draft for this tab until it is closed; false where another tab has it. */
  take(id) {
    if (this.taken.has(id) || !navigator.locks || !this.box.lasts) return Promise.resolve(true);
    return new Promise((resolve) => {
      navigator.locks.request(`portal-report-draft-${id}`, { ifAvailable: true }, (lock) => {
        if (lock) this.taken.add(id);
        resolve(Boolean(lock));
        return lock && new Promise(() => {});
      });
    });
  }

  /** Puts an item into the form. */
  fill(item) {
    this.draft = { id: item.id, state: 'draft', body: item.body };
    this.clearForm();
    this.ask((item.body.fields.find(([name]) => name === 'category') || [])[1]);
    for (const [name, value] of item.body.fields) put(this.form, name, value);
    this.scanned(this.form.elements.unit.value);
    this.recount();
    this.files.show();
    this.complain({ ...item.body.errors }, item.body.words || []);
  }

  /** What is said of how much may still be written hears keys alone. */
  recount() {
    for (const area of this.form.querySelectorAll('textarea')) area.dispatchEvent(new Event('keyup'));
  }

  /** Puts in what is asked of a kind, in the place of what was asked of another. */
  ask(kind) {
    const place = this.part('questions');
    place.textContent = '';
    const found = [...this.root.querySelectorAll('[data-offline-about]')].find((one) => one.dataset.offlineAbout === kind);
    if (found) place.append(found.content.cloneNode(true));
  }

  /** What stands in the form, as pairs of name and value; empty if nobody wrote anything. */
  typed() {
    const found = [...new FormData(this.form)].filter(([, value]) => typeof value === 'string' && value);
    // A code that was scanned is nothing that somebody wrote.
    return found.some(([name]) => name !== 'unit') ? found : [];
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  /** Keeps what stands in the form as the draft; one after another. */
  keep(state = 'draft', { evenEmpty = false } = {}) {
    clearTimeout(this.timer);
    const kept = (this.keeping || Promise.resolve()).then(() => this.write(state, evenEmpty));
    this.keeping = kept.catch(() => {});
    return kept.catch(() => { this.say('failed'); return false; });
  }

  async write(state, evenEmpty) {
    const fields = this.typed();
    if (this.isOver || (!this.draft && !fields.length && !evenEmpty)) return false;
    if (!this.draft) {
      this.draft = { state, body: { nonce: drawn(), lang: this.root.dataset.lang, fields, files: [] } };
      this.draft.id = await this.box.put(this.draft);
      this.take(this.draft.id);
    } else {
      this.draft.body.fields = fields;
      this.draft.state = state;
      this.draft.body.errors = this.draft.body.words = undefined;
      if ((await this.box.put(this.draft)) === null) return false;
    }
    if (this.box.lasts) this.say('saved');
    return true;
  }

  say(what) {
    const line = this.part('saved');
    line.textContent = what ? line.dataset[what] : '';
  }

  async send() {
    if (this.complain(this.faults(), [])) return;
    await this.files.ready;
    if (this.files.isCovering) {
      this.files.status.textContent = this.words.coverFirst;
      this.part('cover').scrollIntoView();
      return;
    }
    if (!(await this.keep('waiting'))) {
      // The device takes no more: the page alone keeps it, and says so.
      await this.toMemory();
      await this.keep('waiting');
    }
    const { id } = this.draft;
    this.clear();
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    await this.kept.show();
    this.kept.focus(id);
    askForSync();
    await this.sendWaiting();
  }

  /** From now on the page keeps what the device can't: all of it, since it can still be read. */
  async toMemory() {
    if (!this.box.lasts) return;
    const [from, box] = [this.box, memoryBox()];
    for (const { id, state, body } of await from.list().catch(() => [])) {
      if (!body) continue;
      const kept = await box.put({ state, body });
      for (const file of body.files || []) await box.addFile(kept, file.key, await from.file(id, file.key));
      if (this.draft && this.draft.id === id) this.draft.id = kept;
    }
    if (this.draft && this.draft.id === undefined) this.draft.id = await box.put(this.draft);
    this.box = box;
    this.part('memory').hidden = false;
  }

  /** What has to be put right before it can be kept for sending: the form's own rules. */
  faults() {
    const found = {};
    for (const [name, rule] of Object.entries(this.rules)) {
      const field = this.form.elements[name];
      if (!field || field.value === undefined) continue;
      const length = [...field.value].length;
      if (rule.least && [...field.value.trim()].length < rule.least) found[name] = rule.least_words;
      if (rule.most && length > rule.most) found[name] = rule.most_words;
    }
    return found;
  }

  /** Says at each field what is wrong with it and lists all on top. Returns whether there was any. */
  complain(errors, others) {
    this.form.querySelectorAll('[data-fault]').forEach((line) => line.remove());
    this.form.querySelectorAll('.govuk-form-group--error').forEach((group) => group.classList.remove('govuk-form-group--error'));
    const summary = this.part('errors');
    const list = summary.querySelector('ul');
    list.textContent = '';
    for (const text of others) entry(list, text, null);
    for (const [name, text] of Object.entries(errors)) entry(list, text, this.mark(name, text));
    summary.hidden = !list.children.length;
    if (!summary.hidden) summary.focus();
    return !summary.hidden;
  }

  mark(name, text) {
    const field = [].concat(this.form.elements[name] || [])[0];
    const control = field instanceof RadioNodeList ? field[0] : field;
    const group = control && control.closest('.govuk-form-group');
    if (!group) return null;
    group.classList.add('govuk-form-group--error');
    const line = document.createElement('p');
    line.className = 'govuk-error-message';
    line.dataset.fault = '';
    line.textContent = text;
    control.before(line);
    return control;
  }

  clearForm() {
    this.form.reset();
    this.scanned('');
    this.ask('');
    this.recount();
    this.complain({}, []);
    this.say('');
  }

  /** Makes the form ready for another report. */
  clear() {
    this.draft = null;
    this.clearForm();
    this.files.show();
  }

  async sendWaiting() {
    clearTimeout(this.retry);
    if (navigator.onLine === false || this.isOver) return;
    const tell = (id, what) => this.kept.tell(id, what);
    const left = await sendAll(this.box, this.addresses, tell).catch(() => 1);
    if (this.isOver) return;
    await this.kept.show();
    if (left) this.retry = setTimeout(() => this.sendWaiting(), this.pause);
    this.pause = left ? Math.min(2 * this.pause, PAUSES.most) : PAUSES.first;
  }

  /** Takes an item back into the form. One that may have arrived says so when it is sent again. */
  async change(item) {
    await this.keep();
    if (!(await this.take(item.id))) return;
    const body = { ...item.body, changed: item.body.changed || item.body.tried };
    if ((await this.box.put({ ...item, state: 'draft', body })) === null) return;
    this.fill({ ...item, body });
    await this.kept.show();
    if (!body.errors) this.form.elements.text.focus();
  }

  /** Leaving the site takes along what was only begun; what was sent off still waits. Without a
   * network the way out must not lead past the portal: its address would stand over the fault. */
  leave(link) {
    this.isOver = true;
    clearTimeout(this.timer);
    if (this.draft && this.draft.id !== undefined) this.box.remove(this.draft.id).catch(() => {});
    this.clearForm();
    if (navigator.onLine === false) link.href = this.root.dataset.leaveTo;
  }

  async wipe() {
    this.isOver = true;
    clearTimeout(this.timer);
    this.box.gone = () => {};
    this.wiped();
    await this.box.clear().catch(() => {});
    this.box.close();
    if (this.box.lasts) await deleteBox(BOX);
    if (self.caches) {
      const names = await caches.keys().catch(() => []);
      await Promise.all(names.filter((name) => name.startsWith(CACHE)).map((name) => caches.delete(name)));
    }
    if ('serviceWorker' in navigator) {
      const all = await navigator.serviceWorker.getRegistrations().catch(() => []);
      await Promise.all(all.filter((one) => new URL(one.scope).pathname === SCOPE).map((one) => one.unregister()));
    }
    this.part('wiped').dataset.done = '';
  }

  /** Shows that nothing is left, also where another tab has deleted it. */
  wiped() {
    this.isOver = true;
    this.clear();
    this.form.hidden = true;
    this.part('begins').hidden = true;
    this.part('kept').hidden = true;
    this.part('list').textContent = '';
    const said = this.part('wiped');
    said.hidden = false;
    said.focus();
  }
}

function codeInAddress() {
  return new URLSearchParams(self.location.search).get('unit') || '';
}

async function askForSync() {
  try {
    await (await navigator.serviceWorker.ready).sync.register(SYNC);
  } catch {
    // Few browsers have it, and nothing hangs on it.
  }
}

function put(form, name, value) {
  const field = form.elements[name];
  if (!field) return;
  if (field instanceof RadioNodeList) {
    for (const one of field) {
      if (one.value !== value) continue;
      one.checked = true;
      const folded = one.closest('details');
      if (folded) folded.open = true;
    }
  } else if (field.type === 'checkbox') field.checked = true;
  else field.value = value;
  // An option that is gone leaves the list at "not chosen", which is its first.
  if (field.tagName === 'SELECT' && field.selectedIndex < 0) field.selectedIndex = 0;
}

function entry(list, text, field) {
  const row = document.createElement('li');
  const link = document.createElement(field ? 'a' : 'span');
  link.textContent = text;
  if (field) {
    link.href = `#${field.id}`;
    link.addEventListener('click', (event) => { event.preventDefault(); field.focus(); });
  }
  row.append(link);
  list.append(row);
}
