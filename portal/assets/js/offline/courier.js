// What every sending from a device needs: one at a time, a limit of time, and knowing a network that
// failed from a portal that said no.
const PATIENCE = 120000;

/** It was not taken now and is tried again; `why` is one of the page's words. */
export class Later extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** Does it while no other tab and no worker does; without locks the portal sorts out who was first. */
export function alone(name, act) {
  return navigator.locks ? navigator.locks.request(name, act) : act();
}

/** Fetches within the limit of time. Raises Later where nobody answered. */
export async function asked(address, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    return await fetch(address, { credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: stop.signal, ...options });
  } catch {
    throw new Later('waiting');
  } finally {
    clearTimeout(timer);
  }
}

/** Posts and returns status and JSON. Raises Later where the portal is away or answers otherwise. */
export async function post(address, body, type) {
  const headers = { Accept: 'application/json', ...(type ? { 'Content-Type': type } : {}) };
  const response = await asked(address, { method: 'POST', body, headers });
  if (response.status >= 500 || response.status === 429) throw new Later('later');
  try {
    return { status: response.status, answer: await response.json() };
  } catch {
    throw new Later('later');
  }
}
