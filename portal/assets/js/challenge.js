// Does the work that stands for the question above a rate (ALTCHA's SHA-256 challenge), in slices, so
// that the page stays usable. Where it finds nothing the question is shown again.
import { sha256 } from './sha256.js';

const SLICE = 20; // milliseconds

export function challenge(box) {
  const asked = JSON.parse(box.dataset.challenge);
  const field = box.querySelector('[name="proof"]');
  const status = box.querySelector('[data-status]');
  const form = box.closest('form');
  const question = form.querySelectorAll('[data-question]');
  let working = true;
  let waiting = false;
  let without = false;

  // Somebody whose answer was refused keeps the question, and its error, in sight.
  show(Boolean(box.querySelector('.govuk-error-message')));
  status.textContent = status.dataset.working;

  solve(asked, (number) => {
    working = false;
    if (number === null) {
      show(true);
      status.textContent = '';
      return;
    }
    const { algorithm, challenge: hash, salt, signature } = asked;
    field.value = btoa(JSON.stringify({ algorithm, challenge: hash, number, salt, signature }));
    status.textContent = status.dataset.done;
    if (waiting) form.submit();
  });

  function show(shown) {
    for (const part of question) part.hidden = !shown;
  }

  form.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    without = Boolean(button && button.name === 'without');
  });
  form.addEventListener('submit', (event) => {
    const typed = box.querySelector('[name="answer"]').value;
    if (!working || without || typed) return;
    event.preventDefault();
    waiting = true;
    status.textContent = status.dataset.wait;
  });
}

function solve(asked, done) {
  let number = 0;
  function slice() {
    const until = Date.now() + SLICE;
    while (Date.now() < until) {
      for (let i = 0; i < 200; i += 1, number += 1) {
        if (number > asked.maxNumber) return done(null);
        if (sha256(asked.salt + number) === asked.challenge) return done(number);
      }
    }
    return setTimeout(slice, 0);
  }
  setTimeout(slice, 0);
}
