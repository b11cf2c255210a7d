// Keeps what is typed: sends the form to its data-save-url some seconds after a change, and when the
// page is left. The words "Saved 10:42" come from the server's page; no file is sent here. Each save
// and the sending carry a growing number, so that a slow save never undoes a later one.
import { words } from './start.js';

export function draft(form) {
  const pause = 1000 * Number(form.dataset.saveEvery || 4);
  const status = form.querySelector('[data-draft-status]');
  const turn = form.querySelector('[data-draft-turn]');
  let timer = 0;
  let changed = false;

  async function save() {
    clearTimeout(timer);
    timer = 0;
    if (!changed) return;
    changed = false;
    if (turn) turn.value = String(Date.now());
    try {
      const answer = await fetch(form.dataset.saveUrl, {
        method: 'POST', body: typed(form), credentials: 'same-origin', keepalive: true, redirect: 'error',
      });
      if (answer.status === 409) return; // What came later is kept already.
      if (answer.status === 410) { // Sent or cleared elsewhere: what is typed here is not kept.
        say(status && status.dataset.over);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      say(status && status.dataset.saved);
    } catch {
      changed = true; // Tried again with the next change, or on leaving.
      say(status && status.dataset.failed);
    }
  }

  function say(sentence) {
    if (!status || !sentence) return;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hour12: false });
    status.textContent = words(sentence, { time });
  }

  form.addEventListener('input', () => {
    changed = true;
    if (!timer) timer = setTimeout(save, pause);
  });
  form.addEventListener('focusout', () => { if (form.dataset.saveOnLeave !== undefined) save(); });
  // Any form of the page: the one that clears the draft must not be followed by a save.
  document.addEventListener('submit', () => {
    changed = false;
    clearTimeout(timer);
    timer = 0;
    if (turn) turn.value = String(Date.now());
  });
  document.addEventListener('visibilitychange', () => { if (document.hidden) save(); });
}

function typed(form) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
  return body;
}
