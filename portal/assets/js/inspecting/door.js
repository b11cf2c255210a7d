// Every staff page: says what waits unsent on this phone, lets nobody's inspections lie about for
// the next who signs in, and takes them along when somebody signs out.
import { words } from '../start.js';
import { mark, setMark } from './names.js';
import { waitingOf, wipe } from './wipe.js';

/** Milliseconds that signing out waits at most for the phone to forget. */
const PATIENCE = 3000;

export function keptDoor(element) {
  if (!self.indexedDB || !self.Promise || !mark().owners.length) return;
  const { owner } = element.dataset;
  look(element, owner).catch(() => {});
  document.addEventListener('submit', (event) => {
    if (event.target.getAttribute('action') === element.dataset.signOut) leave(event, element, owner);
  });
}

async function look(element, owner) {
  const { owners } = mark();
  // From now on the page shows what belongs to this account and to no other.
  setMark({ holder: owner, owners });
  for (const other of owners.filter((one) => one !== owner)) {
    const waiting = await waitingOf(other);
    if (!waiting || !waiting.all) await wipe(other);
  }
  const waiting = await waitingOf(owner);
  if (waiting && waiting.all) say(element, element.dataset.waits, waiting);
}

function say(element, sentence, waiting) {
  element.querySelector('[data-kept-words]').textContent = words(sentence, { answers: String(waiting.answers), photos: String(waiting.photos) });
  element.hidden = false;
}

/** Unsent things are not lost by a press: the first one asks, the button beside it deletes. */
async function leave(event, element, owner) {
  event.preventDefault();
  const form = event.target;
  const out = element.querySelector('[data-kept-out]');
  const waiting = await waitingOf(owner).catch(() => null);
  const go = async () => {
    await Promise.race([wipe(owner).catch(() => {}), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    form.submit();
  };
  if (!waiting || !waiting.all) {
    await go();
    return;
  }
  say(element, element.dataset.asks, waiting);
  out.hidden = false;
  out.addEventListener('click', go, { once: true });
  element.scrollIntoView();
  out.focus();
}
