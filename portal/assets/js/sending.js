// Sends one file to the portal by tus 1.0.0, in parts of 256 KiB, and goes on after breaks for as
// long as the page is open. Knows no page: the form and the installable page use it alike.
import { Upload } from 'tus-js-client';
import { bytesOf } from './bytes.js';

const PART = 262144; // At 20 kB/s a part takes 13 s: no time-out on the way is shorter.
const WAITS = [1, 2, 5, 10, 20, 30]; // Seconds between tries; the last one again and again.
const SILENCE = 120; // Seconds without a byte after which a connection counts as dead.

/** The portal does not take this file; `words` say why in the reader's language. */
export class Refused extends Error {
  constructor(reason, words) {
    super(reason);
    this.reason = reason;
    this.words = words;
  }
}

/** There is nobody at the address who takes files in parts: send the plain form instead. */
export class NotServed extends Error {}

/** The reporter took the file back. */
export class Stopped extends Error {}

class Gone extends Refused {}

/** Said with each request, so that a refusal comes in the words of the page. */
const inWords = () => ({ 'Accept-Language': document.documentElement.lang || 'zh' });

/**
 * Sixteen bytes in hex that name these bytes under this nonce: the same photo chosen again after a
 * reload goes on where it stopped, and never twice. Random where the browser can't compute it.
 */
export async function keyOf(blob, nonce) {
  let bytes = window.crypto.getRandomValues(new Uint8Array(16));
  if (window.crypto.subtle) {
    const whole = await bytesOf(new Blob([nonce, ':', blob]));
    bytes = new Uint8Array(await window.crypto.subtle.digest('SHA-256', whole)).subarray(0, 16);
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Text for Upload-Metadata: Base64 of UTF-8. */
function packed(text) {
  return btoa(unescape(encodeURIComponent(text)));
}

const isPassing = (status) => status === 0 || status === 408 || status === 409 || status === 423 || status === 429 || status >= 500;

function refusedBy(status, body) {
  let said = {};
  try {
    said = JSON.parse(body);
  } catch {
    // No words: the page has some of its own.
  }
  const Kind = status === 404 ? Gone : Refused;
  return new Kind(said.reason || String(status), said.words || '');
}

/**
 * Sends `blob` and resolves with its address once the portal has all of it.
 *
 * Rejects with Refused, NotServed or Stopped; a broken line is no reason to reject.
 * @param {Blob} blob
 * @param {{url: string, nonce: string, token: string, name: string, type: string, key: string}} to
 * @param {{progress?: (sent: number) => void, broken?: (isBroken: boolean) => void}} tell
 * @returns {{done: Promise<string>, stop: () => Promise<void>, again: () => void}}
 *   `stop` takes it back, on the portal too; `again` tries now instead of waiting.
 */
export function send(blob, to, { progress = () => {}, broken = () => {} } = {}) {
  let address = null;
  let isStopped = false;
  let upload = null;
  let cut = () => {};
  let wake = () => {};
  let tries = 0;
  const again = () => wake();

  function pause(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000 * seconds);
      wake = () => { clearTimeout(timer); resolve(); };
    });
  }

  async function created() {
    const about = { filename: to.name, filetype: to.type, nonce: to.nonce, token: to.token, key: to.key };
    const answer = await fetch(to.url, {
      method: 'POST', credentials: 'same-origin', redirect: 'error',
      headers: {
        ...inWords(), 'Tus-Resumable': '1.0.0', 'Upload-Length': String(blob.size),
        'Upload-Metadata': Object.keys(about).map((name) => `${name} ${packed(about[name])}`).join(','),
      },
    });
    const place = answer.headers.get('Location');
    if (answer.ok && place) return new URL(place, window.location.href).href;
    if (answer.ok || answer.status === 404 || answer.status === 405 || answer.status === 501) throw new NotServed(String(answer.status));
    if (isPassing(answer.status)) throw new Error(String(answer.status));
    throw refusedBy(answer.status, await answer.text());
  }

  /** One try: asks where it stopped and sends the rest. */
  function rest() {
    return new Promise((resolve, reject) => {
      let silence = 0;
      const fail = (error) => { clearTimeout(silence); reject(error); };
      const listen = () => {
        clearTimeout(silence);
        silence = setTimeout(() => { upload.abort(); fail(new Error('silent')); }, 1000 * SILENCE);
      };
      cut = () => { upload.abort(); fail(new Stopped()); };
      upload = new Upload(blob, {
        uploadUrl: address, chunkSize: PART, retryDelays: null, headers: { ...inWords(), 'Upload-Nonce': to.nonce },
        storeFingerprintForResuming: false, // Nothing may be left on the device.
        onProgress: (sent) => { listen(); progress(sent); },
        onChunkComplete: () => { tries = 0; broken(false); },
        onSuccess: () => { clearTimeout(silence); resolve(); },
        onError: (error) => {
          const answer = error.originalResponse;
          const status = answer ? answer.getStatus() : 0;
          fail(isPassing(status) || (status >= 200 && status < 300) ? error : refusedBy(status, answer.getBody()));
        },
      });
      listen();
      upload.start();
    });
  }

  async function run() {
    let renewed = 0;
    for (;;) {
      if (isStopped) throw new Stopped();
      try {
        address = address || (await created());
        if (isStopped) throw new Stopped();
        await rest();
        return address;
      } catch (error) {
        // What had arrived is gone with its draft or its day: from the start, but not for ever.
        if (error instanceof Gone && renewed < 2) {
          renewed += 1;
          address = null;
        } else if (error instanceof Refused || error instanceof NotServed || error instanceof Stopped) {
          throw error;
        } else {
          broken(true);
          await pause(WAITS[Math.min(tries, WAITS.length - 1)]);
          tries += 1;
        }
      }
    }
  }

  window.addEventListener('online', again);
  const done = run();
  const finished = () => window.removeEventListener('online', again);
  done.then(finished, finished);
  return {
    done,
    again,
    async stop() {
      isStopped = true;
      cut();
      again();
      await done.catch(() => {});
      if (address) await removed(address, to.nonce);
    },
  };
}

/** Takes an upload or the file it became out of the draft; says whether the portal heard it. */
export async function removed(address, nonce) {
  try {
    const answer = await fetch(address, {
      method: 'DELETE', credentials: 'same-origin', redirect: 'error', headers: { ...inWords(), 'Tus-Resumable': '1.0.0', 'Upload-Nonce': nonce },
    });
    return answer.ok || answer.status === 404 || answer.status === 410;
  } catch {
    return false;
  }
}

/** What the portal holds under this nonce; null if it can't be asked just now. */
export async function held(url, nonce) {
  try {
    const answer = await fetch(url, { credentials: 'same-origin', redirect: 'error', headers: { ...inWords(), Accept: 'application/json', 'Upload-Nonce': nonce } });
    if (!answer.ok) return null;
    return (await answer.json()).files;
  } catch {
    return null;
  }
}
