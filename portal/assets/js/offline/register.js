// Only pages that need no network keep themselves on a device: opening one is asking for that.

/** Registers our worker and no other script. Null where the browser has none. */
export async function register(address, scope) {
  if (!('serviceWorker' in navigator) || !self.isSecureContext) return null;
  let script = address;
  if (self.trustedTypes) {
    const own = self.trustedTypes.createPolicy('portal-worker', { createScriptURL: (text) => (text === address ? text : null) });
    script = own.createScriptURL(address);
  }
  return navigator.serviceWorker.register(script, { scope, updateViaCache: 'none' });
}
