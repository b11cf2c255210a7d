// Pages of the form and the home page: keep the form on this device, say what waits there unsent and
// have it sent. Small, since every public page brings it.
import { words } from '../start.js';
import { openBox } from './box.js';
import { BOX, SCOPE } from './names.js';

/** Registers our worker and no other script. Null where the browser has none. */
export async function register(address) {
  if (!('serviceWorker' in navigator) || !self.isSecureContext) return null;
  let script = address;
  if (self.trustedTypes) {
    const own = self.trustedTypes.createPolicy('portal-worker', { createScriptURL: (text) => (text === address ? text : null) });
    script = own.createScriptURL(address);
  }
  return navigator.serviceWorker.register(script, { scope: SCOPE, updateViaCache: 'none' });
}

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
  const begin = async () => {
    const registration = await register(element.dataset.worker).catch(() => null);
    const waiting = await say().catch(() => 0);
    if (registration && waiting) tellWorker();
  };
  if ('serviceWorker' in navigator) {
    navigator.serviceWorker.addEventListener('message', () => { say().catch(() => {}); });
    window.addEventListener('online', tellWorker);
  }
  // After everything that the page itself needs; not at all where data is to be saved.
  const saves = navigator.connection && navigator.connection.saveData;
  say().catch(() => {});
  if (!saves) afterLoad(begin);
}

/** Asks the worker of this scope to send what waits. */
async function tellWorker() {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE).catch(() => null);
  if (registration && registration.active) registration.active.postMessage('send');
}

function afterLoad(act) {
  const later = () => (window.requestIdleCallback ? window.requestIdleCallback(act, { timeout: 5000 }) : setTimeout(act, 1000));
  if (document.readyState === 'complete') later();
  else window.addEventListener('load', later);
}
