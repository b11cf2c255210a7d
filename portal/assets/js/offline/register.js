// Only the page that needs no network keeps itself on a device: opening it is asking for that.
import { SCOPE } from './names.js';

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
