// Photos on their way from an old phone: made smaller, looked at, sent one after the other, each with
// its own progress. The field of the plain form stays what it was wherever anything here fails.
import { burnt, openCover } from './cover.js';
import { canvasTells, isPicture, prepared, release } from './picture.js';
import { Row } from './photo-row.js';
import { NotServed, Refused, Stopped, held, keyOf, removed, send } from './sending.js';
import { words } from './start.js';

const PREVIEW = 144;
const ASK_AGAIN = 2000; // Milliseconds between questions while files are being cleaned.
const LAID_DOWN = { clean: true, sealed_only: true, being_cleaned: true };

export function photos(box) {
  const form = box.closest('form');
  const { url, nonce = form.elements.nonce.value, token = form.elements.csrf_token.value } = box.dataset;
  const find = (name) => form.querySelector(`[data-photos=${name}]`);
  const field = () => box.querySelector('input[type=file]');
  const said = find('words').content;
  const say = (key) => said.querySelector(`[data-say=${key}]`).textContent;
  const list = find('list');
  const rows = [];
  const tells = canvasTells();
  const plainButton = form.querySelector('[name=more]');
  let counted = 0;
  let preparing = Promise.resolve();
  let isSending = false;
  let goOn = null; // The button that was pressed while photos were on their way.
  let asking = 0;
  let isPlain = false; // The field sends its files with the form, as without script.

  // ---- choosing ----
  function listen(input) {
    input.addEventListener('change', () => {
      try {
        if (!isPlain && input.files.length) take(input);
      } catch (error) {
        console.error('portal-photos', error); // The field still holds its files and its name.
      }
    });
  }

  function take(input) {
    const made = Array.from(input.files).map((file, at) => new Row({ file, number: counted + at + 1, template: find('row'), say }));
    made.forEach(wire);
    // The field with these files steps aside; it comes back if they can't be sent from here.
    const fresh = input.cloneNode(false);
    fresh.value = '';
    listen(fresh);
    input.parentNode.replaceChild(fresh, input);
    counted += made.length;
    const batch = { input, rows: made };
    for (const row of made) {
      row.batch = batch;
      rows.push(row);
      list.appendChild(row.element);
      preparing = preparing.then(() => prepare(row));
    }
    showPlainButton(false);
    changed();
  }

  function showPlainButton(isShown) {
    if (!plainButton) return;
    if (isShown) find('plain').appendChild(plainButton);
    else if (plainButton.parentNode) plainButton.parentNode.removeChild(plainButton); // Enter would press it.
  }

  async function prepare(row) {
    if (row.state !== 'preparing') return;
    try {
      if (tells && isPicture(row.file)) {
        const longest = find('original').checked ? 0 : Number(box.dataset.longest);
        const { blob, preview } = await prepared(row.file, { longest, preview: PREVIEW });
        row.base = row.blob = blob;
        row.isSeen = true;
        row.show(preview);
      }
    } catch {
      row.base = row.blob = row.file; // Not decoded here (HEIC), or no memory: the original goes.
    }
    if (row.state === 'preparing') row.become(row.isWanted ? 'waiting' : 'ready');
    changed();
    pump();
  }

  function wire(row) {
    row.part('remove').addEventListener('click', () => drop(row));
    row.part('cancel').addEventListener('click', () => drop(row));
    row.part('cover').addEventListener('click', () => cover(row));
    row.part('again').addEventListener('click', () => row.travel && row.travel.again());
  }

  async function cover(row) {
    const back = (sentence) => {
      row.become(row.isWanted ? 'waiting' : 'ready');
      changed();
      pump();
      if (sentence) status(sentence);
      row.focus();
    };
    row.become('covering');
    changed();
    try {
      await openCover({
        photo: row.base, covers: row.covers, name: row.file.name, template: find('cover'), say, place: row.part('editor'),
        left: back,
        done: async (covers) => {
          const made = await burnt(row.base, covers, { longest: Number(box.dataset.longest), preview: PREVIEW });
          row.blob = covers.length ? made.blob : row.base;
          row.covers = covers;
          row.show(made.preview);
          back();
        },
      });
    } catch {
      row.isSeen = false;
      row.part('editor').textContent = '';
      back(say('not_covered'));
    }
  }

  async function drop(row) {
    if (row.address && !(await removed(row.address, nonce))) {
      row.tell(say('not_removed')); // It would go along with the report: better said than hidden.
      return;
    }
    const at = rows.indexOf(row);
    if (at < 0) return;
    const had = row.element.contains(document.activeElement);
    rows.splice(at, 1);
    list.removeChild(row.element);
    row.state = 'dropped';
    release(row.element.querySelector('canvas'));
    if (had) focusNear(at);
    changed();
    if (row.travel) await row.travel.stop();
  }

  /** Where the reading goes on when a button has gone with its row. */
  function focusNear(at) {
    const next = rows[Math.min(at, rows.length - 1)];
    const button = next && (next.part('remove').hidden ? next.part('cancel') : next.part('remove'));
    (button || field()).focus();
  }

  // ---- sending ----
  function sendAll() {
    for (const row of rows) {
      row.isWanted = true;
      if (row.state === 'ready') row.become('waiting');
    }
    changed();
    pump();
  }

  async function pump() {
    if (isSending) return;
    const row = rows.find((one) => one.state === 'waiting');
    if (!row) return;
    isSending = true;
    try {
      await travel(row);
    } catch (error) {
      if (error instanceof NotServed) giveBack();
      else if (!(error instanceof Stopped)) row.become('refused', error instanceof Refused ? error.words : '');
      if (!(error instanceof Refused || error instanceof NotServed || error instanceof Stopped)) console.error('portal-photos', error);
    }
    row.travel = null;
    isSending = false;
    changed();
    pump();
  }

  async function travel(row) {
    row.become('sending');
    const key = await keyOf(row.blob, nonce);
    if (row.state === 'dropped') return;
    if (rows.some((one) => one !== row && one.key === key)) throw new Refused('twice', say('twice'));
    row.key = key;
    // Half of it came before a reload, and the page said so: it goes on in this row.
    for (const line of form.querySelectorAll(`li[data-key="${key}"]`)) line.parentNode.removeChild(line);
    const to = { url, nonce, token, name: row.name, type: row.blob.type || 'application/octet-stream', key };
    row.travel = send(row.blob, to, {
      progress: (sent) => row.progress(sent),
      broken: (isBroken) => {
        const state = isBroken ? 'broken' : 'sending';
        if (row.state !== state && row.state !== 'dropped') { row.become(state); changed(); }
      },
    });
    row.address = await row.travel.done;
    row.sent = row.blob.size;
    row.base = row.blob; // What was covered is let go.
    row.become('being_cleaned');
    look();
  }

  /** Asks what became of the files, until none is being cleaned. */
  async function look() {
    clearTimeout(asking);
    const all = await held(url, nonce);
    for (const item of all || []) {
      const row = rows.find((one) => one.address && one.key === item.key);
      if (!row) continue;
      if (item.state === 'refused') row.become('refused', item.words);
      else if (LAID_DOWN[item.state]) row.become(item.state, item.words);
    }
    if (rows.some((row) => row.state === 'being_cleaned')) asking = setTimeout(look, ASK_AGAIN);
    changed();
  }

  /** Nobody takes files in parts: they go with the form, as they do without script. */
  function giveBack() {
    const left = rows.filter((row) => row.isUnfinished);
    isPlain = true;
    try {
      const files = new DataTransfer();
      for (const row of left) files.items.add(row.blob === row.file ? row.file : new File([row.blob], row.name, { type: row.blob.type }));
      field().files = files.files;
      left.forEach(forget);
    } catch {
      // Browsers of 2018 can't fill a field: theirs comes back as it was, if nothing was taken out or covered.
      for (const { input, rows: all } of new Set(left.map((row) => row.batch))) {
        if (all.every((row) => left.includes(row) && !row.covers.length)) {
          input.removeAttribute('id');
          input.setAttribute('aria-label', box.querySelector('label').textContent.trim());
          field().parentNode.insertBefore(input, field());
          all.forEach(forget);
        } else {
          for (const row of all) if (left.includes(row)) row.become('refused', say('choose_again'));
        }
      }
    }
    showPlainButton(true);
  }

  function forget(row) {
    rows.splice(rows.indexOf(row), 1);
    list.removeChild(row.element);
    row.state = 'with_form';
  }

  // ---- what is said ----
  function status(sentence) {
    const place = find('status');
    if (place.textContent !== sentence) place.textContent = sentence;
  }

  function changed() {
    const ready = rows.filter((row) => ['ready', 'preparing', 'covering'].includes(row.state));
    const onWay = rows.filter((row) => row.isUnfinished && !ready.includes(row));
    find('send').hidden = !rows.some((row) => row.state === 'ready');
    find('ready').hidden = !ready.length;
    if (isPlain) status(say('with_form'));
    else if (onWay.some((row) => row.state === 'broken')) status(say('status_broken'));
    else if (onWay.length) status(words(say('status_sending'), { left: onWay.length }));
    else if (!ready.length && rows.some((row) => LAID_DOWN[row.state])) status(say('status_done'));
    else status('');
    waited();
  }

  // ---- going on ----
  function unfinished() {
    return rows.filter((row) => row.isUnfinished);
  }

  function waited() {
    const place = find('wait');
    const left = unfinished().length;
    if (!goOn) return;
    if (left) {
      find('wait-words').textContent = words(say('wait'), { left });
      place.hidden = false;
      return;
    }
    place.hidden = true;
    const button = goOn;
    goOn = null;
    // A refused file is read first: whoever reads it presses again.
    if (!rows.some((row) => row.state === 'refused')) button.click();
  }

  function pressed(event) {
    const button = event.target.closest('button[type=submit]');
    if (!button || !unfinished().length) return;
    event.preventDefault();
    event.stopPropagation(); // Not counted as a press by the guard against double ones.
    const open = box.querySelector('[data-cover=title]');
    if (open) {
      status(say('cover_first'));
      open.focus();
      return;
    }
    goOn = button;
    sendAll();
  }

  async function without() {
    const button = goOn;
    goOn = null;
    await Promise.all(unfinished().map(drop));
    find('wait').hidden = true;
    if (button) button.click();
  }

  listen(field());
  find('original').addEventListener('change', () => {
    for (const row of rows.filter((one) => one.state === 'ready' && !one.covers.length)) {
      row.become('preparing');
      preparing = preparing.then(() => prepare(row));
    }
    changed();
  });
  find('send').addEventListener('click', () => { sendAll(); find('status').focus(); });
  form.addEventListener('click', pressed, true);
  find('without').addEventListener('click', without);
  find('no-canvas').hidden = tells;
  find('choice').hidden = !tells;
  find('shell').hidden = false;
  // Chosen while this script was still on its way.
  if (field().files.length) take(field());
}
