// Pages of the form and the home page: say what waits unsent on this device and have it sent. Leaves
// nothing on a device whose owner kept nothing there. Small, since every public page brings it.
import { words } from '../start.js';
import { openBox } from './box.js';
import { BOX, SCOPE } from './names.js';

export function door(element) {
  if (!self.indexedDB || !self.Promise) return;
  const say = async () => {
    const box = await openBox(BOX, { create: false }).catch(() => null);
    if (!box) return;
    const { waiting = 0, refused = 0, sent = 0 } = await box.count();
    box.close();
    const unsent = waiting + refused;
    const text = unsent ? words(unsent === 1 ? element.dataset.one : element.dataset.many, { count: String(unsent) }) : element.dataset.codes;
    element.hidden = !(unsent + sent);
    element.querySelector('[data-door-words]').textContent = element.hidden ? '' : text;
    return waiting;
  };
  if ('serviceWorker' in navigator) {
    navigator.serviceWorker.addEventListener('message', () => { say().catch(() => {}); });
    window.addEventListener('online', tellWorker);
  }
  say().then((waiting) => { if (waiting) tellWorker(); }).catch(() => {});
}

/** Asks the worker of this scope to send what waits. */
async function tellWorker() {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration(SCOPE).catch(() => null);
  if (registration && registration.active) registration.active.postMessage('send');
}
