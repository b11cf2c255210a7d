// One chosen file in the list: its picture, what becomes of it, and what can be done with it.
import { isPicture, release } from './picture.js';
import { words } from './start.js';

/** A size as the server writes it. */
export function sizeOf(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Where a file can be: those with `true` are still on their way to the portal. */
export const UNFINISHED = { preparing: true, ready: true, covering: true, waiting: true, sending: true, broken: true };
const SENDING = ['waiting', 'sending', 'broken'];

export class Row {
  /** @param {{file: File, number: number, template: HTMLTemplateElement, say: (key: string) => string}} of */
  constructor({ file, number, template, say }) {
    this.file = file;
    this.blob = file; // What is sent.
    this.base = file; // The same before anything of it was covered.
    this.covers = [];
    this.isSeen = false;
    this.sent = 0;
    this.say = say;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.part('name').textContent = file.name;
    this.element.querySelectorAll('[data-part=about]').forEach((one) => { one.textContent = `${number}. ${file.name}`; });
    this.part('progress').setAttribute('aria-label', file.name);
    this.become('preparing');
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  /** Shows a state; `sentence` is the portal's own where it has one. */
  become(state, sentence = '') {
    this.state = state;
    const focused = document.activeElement;
    const bad = state === 'refused';
    this.part('error').hidden = !bad;
    this.part('state').hidden = bad;
    if (bad) this.part('reason').textContent = sentence || this.say('refused');
    else this.tell(sentence);
    this.element.classList.toggle('portal-photo--bad', bad);
    this.part('progress').hidden = !SENDING.includes(state);
    this.part('again').hidden = state !== 'broken';
    this.part('cancel').hidden = !SENDING.includes(state);
    this.part('remove').hidden = SENDING.includes(state) || state === 'covering';
    this.part('cover').hidden = state !== 'ready' || !this.isSeen;
    this.element.dataset.state = state;
    // The button that has the focus may be of no use any more: the next one of the row takes it.
    if (focused && focused.hidden && this.element.contains(focused)) this.focus();
  }

  tell(sentence) {
    const values = { size: sizeOf(this.blob.size), before: sizeOf(this.file.size), sent: sizeOf(this.sent), covers: this.covers.length };
    const key = this.state === 'ready' ? this.readyKey() : this.state;
    this.part('state').textContent = sentence || words(this.say(key), values);
  }

  focus() {
    const button = this.element.querySelector('button:not([hidden])');
    if (button) button.focus();
  }

  readyKey() {
    if (this.covers.length) return 'covered';
    if (this.blob !== this.file) return 'smaller';
    return this.isSeen || !isPicture(this.file) ? 'ready' : 'unseen';
  }

  progress(sent) {
    this.sent = sent;
    this.part('progress').value = this.blob.size ? (100 * sent) / this.blob.size : 0;
    if (this.state === 'sending') this.tell();
  }

  /** Shows the small picture in place of what was there. */
  show(canvas) {
    const frame = this.part('picture');
    while (frame.firstChild) {
      release(frame.firstChild);
      frame.removeChild(frame.firstChild);
    }
    frame.appendChild(canvas);
  }

  get isUnfinished() {
    return Boolean(UNFINISHED[this.state]);
  }

  /** The name it travels under: a photo that was drawn anew is a JPEG, whatever it was. */
  get name() {
    return this.blob === this.file ? this.file.name : `${this.file.name.replace(/\.[^.]*$/, '')}.jpg`;
  }
}
