// Covers parts of a photo before it is sent: black for good, burnt into the pixels on the device.
// By finger or mouse, by buttons, or by arrow keys; the uncovered photo is dropped, never sent.
import { canvasOf, jpegOf, release, small, withDrawn } from './picture.js';
import { words } from './start.js';

const STAGE = 1024; // Pixels are enough to find a face; the photo itself is drawn again at the end.
const LEAST = 0.02; // Shares of the photo: no cover is smaller, and arrow keys go by this.
const USUAL = 0.16; // The cover that a tap or the button makes.
const PAUSE = 600; // Milliseconds after the last key before the place is said.
const MOVES = { left: [-1, 0, 0, 0], right: [1, 0, 0, 0], up: [0, -1, 0, 0], down: [0, 1, 0, 0], narrower: [0, 0, -1, 0], wider: [0, 0, 1, 0], lower: [0, 0, 0, -1], taller: [0, 0, 0, 1] };
const KEYS = { ArrowLeft: ['left', 'narrower'], ArrowRight: ['right', 'wider'], ArrowUp: ['up', 'lower'], ArrowDown: ['down', 'taller'] };

const within = (value, least, most) => Math.min(Math.max(value, least), most);

/** A cover that lies inside the photo; all numbers are shares of its width or height. */
function fitted({ x, y, width, height }) {
  const wide = within(width, LEAST, 1);
  const high = within(height, LEAST, 1);
  return { x: within(x, 0, 1 - wide), y: within(y, 0, 1 - high), width: wide, height: high };
}

/**
 * The photo with its covers burnt in, and a small picture of it. Rejects where it can't be drawn:
 * then there is no covered photo, and the caller must not send the other one for it.
 * @returns {Promise<{blob: Blob, preview: HTMLCanvasElement}>}
 */
export function burnt(photo, covers, { longest, preview }) {
  return withDrawn(photo, longest, async (canvas) => {
    const pen = canvas.getContext('2d');
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = '#000';
    for (const { x, y, width, height } of covers) {
      const left = Math.floor(x * canvas.width);
      const top = Math.floor(y * canvas.height);
      pen.fillRect(left, top, Math.ceil((x + width) * canvas.width) - left, Math.ceil((y + height) * canvas.height) - top);
    }
    return { blob: await jpegOf(canvas), preview: small(canvas, preview) };
  });
}

/** Tells begin, move and end of a finger, pen or mouse, on browsers without pointer events too. */
function follow(element, begin, move, end) {
  const at = (event) => {
    const one = event.changedTouches ? event.changedTouches[0] : event;
    const frame = element.getBoundingClientRect();
    return { x: (one.clientX - frame.left) / frame.width, y: (one.clientY - frame.top) / frame.height };
  };
  const kinds = window.PointerEvent
    ? [['pointerdown', 'pointermove', 'pointerup', 'pointercancel']]
    : [['mousedown', 'mousemove', 'mouseup', 'mouseleave'], ['touchstart', 'touchmove', 'touchend', 'touchcancel']];
  let isOn = false;
  for (const [down, on, up, off] of kinds) {
    element.addEventListener(down, (event) => {
      if (event.button || (event.touches && event.touches.length > 1)) return;
      event.preventDefault();
      if (event.pointerId !== undefined) element.setPointerCapture(event.pointerId);
      isOn = true;
      begin(at(event), event.target);
    }, { passive: false });
    element.addEventListener(on, (event) => {
      if (!isOn) return;
      event.preventDefault();
      move(at(event));
    }, { passive: false });
    element.addEventListener(up, (event) => { if (isOn) { isOn = false; end(at(event)); } });
    element.addEventListener(off, () => { if (isOn) { isOn = false; end(null); } });
  }
}

/**
 * Opens the photo below its row. `done` gets the covers, `left` is called where nothing is to
 * change; `done` may reject, then the photo stays open and says so.
 */
export async function openCover({ photo, covers, name, template, say, place, done, left }) {
  const box = template.content.firstElementChild.cloneNode(true);
  const find = (part) => box.querySelector(`[data-cover=${part}]`);
  const stage = find('stage');
  let all = covers.map((one) => ({ ...one }));
  let chosen = all.length - 1;
  let drawing = null;
  let timer = 0;
  const before = [];

  find('name').textContent = name;
  place.appendChild(box);
  const canvas = await withDrawn(photo, STAGE, async (drawn) => {
    const own = canvasOf(drawn.width, drawn.height);
    own.getContext('2d').drawImage(drawn, 0, 0);
    return own;
  });
  canvas.setAttribute('aria-hidden', 'true');
  stage.insertBefore(canvas, stage.firstChild);

  function remember() {
    before.push(all.map((one) => ({ ...one })));
  }

  function percents(one) {
    const values = { number: all.indexOf(one) + 1 };
    for (const key of Object.keys(one)) values[key] = Math.round(100 * one[key]);
    return values;
  }

  function show() {
    const focused = Array.from(stage.querySelectorAll('button')).indexOf(document.activeElement);
    stage.querySelectorAll('button').forEach((one) => stage.removeChild(one));
    all.forEach((one, at) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'portal-cover__box';
      button.setAttribute('aria-label', words(say('cover_at'), percents(one)));
      button.setAttribute('aria-pressed', String(at === chosen));
      button.style.left = `${100 * one.x}%`;
      button.style.top = `${100 * one.y}%`;
      button.style.width = `${100 * one.width}%`;
      button.style.height = `${100 * one.height}%`;
      button.addEventListener('focus', () => { if (chosen !== at) { chosen = at; mark(); } });
      stage.appendChild(button);
    });
    if (focused >= 0 && all.length) stage.querySelectorAll('button')[within(focused, 0, all.length - 1)].focus();
    mark();
  }

  function mark() {
    stage.querySelectorAll('button').forEach((one, at) => one.setAttribute('aria-pressed', String(at === chosen)));
    find('undo').disabled = !before.length;
    box.querySelectorAll('[data-move], [data-cover=away]').forEach((one) => { one.disabled = chosen < 0; });
  }

  function tell(sentence) {
    clearTimeout(timer);
    timer = setTimeout(() => { find('status').textContent = sentence; }, PAUSE);
  }

  function change(next, at) {
    remember();
    all = next;
    chosen = at;
    show();
  }

  function add(middle) {
    const one = fitted({ x: middle.x - USUAL / 2, y: middle.y - USUAL / 2, width: USUAL, height: USUAL });
    change([...all, one], all.length);
    tell(words(say('cover_at'), percents(one)));
  }

  function shift(how) {
    if (chosen < 0) return;
    const [x, y, width, height] = MOVES[how].map((steps) => steps * LEAST);
    const old = all[chosen];
    const one = fitted({ x: old.x + x, y: old.y + y, width: old.width + width, height: old.height + height });
    change(all.map((other, at) => (at === chosen ? one : other)), chosen);
    tell(words(say('cover_at'), percents(one)));
  }

  function away() {
    if (chosen < 0) return;
    change(all.filter((_one, at) => at !== chosen), all.length - 2);
    if (!stage.contains(document.activeElement)) find('add').focus();
    tell(words(say('covers'), { covers: all.length }));
  }

  function close() {
    clearTimeout(timer);
    release(canvas);
    place.removeChild(box);
  }

  follow(stage, (at, target) => {
    const own = Array.from(stage.querySelectorAll('button')).indexOf(target);
    drawing = { from: at, own, old: own >= 0 ? all[own] : null, kept: all.map((one) => ({ ...one })) };
  }, (at) => {
    const { from, own, old, kept } = drawing;
    if (old) {
      all = kept.map((one, n) => (n === own ? fitted({ ...old, x: old.x + at.x - from.x, y: old.y + at.y - from.y }) : one));
      chosen = own;
    } else if (Math.abs(at.x - from.x) > LEAST || Math.abs(at.y - from.y) > LEAST) {
      const corner = { x: within(Math.min(at.x, from.x), 0, 1), y: within(Math.min(at.y, from.y), 0, 1) };
      const other = { x: within(Math.max(at.x, from.x), 0, 1), y: within(Math.max(at.y, from.y), 0, 1) };
      all = [...kept, fitted({ ...corner, width: other.x - corner.x, height: other.y - corner.y })];
      chosen = all.length - 1;
    }
    show();
  }, (at) => {
    const { from, own, kept } = drawing;
    const moved = all.some((one, n) => !kept[n] || one.x !== kept[n].x || one.y !== kept[n].y);
    if (!at) all = kept; // Taken away by the system: as if it had not been.
    else if (moved) before.push(kept);
    else if (own < 0) add(from);
    else stage.querySelectorAll('button')[own].focus();
    chosen = within(chosen, -1, all.length - 1);
    show();
  });

  stage.addEventListener('keydown', (event) => {
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      away();
    } else if (KEYS[event.key] && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      shift(KEYS[event.key][event.shiftKey ? 1 : 0]);
    }
  });
  box.querySelectorAll('[data-move]').forEach((one) => one.addEventListener('click', () => shift(one.dataset.move)));
  find('add').addEventListener('click', () => {
    add({ x: 0.5, y: 0.5 });
    stage.lastElementChild.focus();
  });
  find('away').addEventListener('click', away);
  find('undo').addEventListener('click', () => {
    all = before.pop();
    chosen = all.length - 1;
    show();
    if (!before.length) find('add').focus();
    tell(words(say('covers'), { covers: all.length }));
  });
  find('done').addEventListener('click', async () => {
    find('done').disabled = true;
    try {
      await done(all);
      close();
    } catch {
      find('done').disabled = false;
      find('status').textContent = say('not_covered');
    }
  });
  find('leave').addEventListener('click', () => { close(); left(); });
  show();
  find('title').focus();
}
