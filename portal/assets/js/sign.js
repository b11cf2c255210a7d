// Signatures drawn by finger or mouse beside the typed names: a field for each inspector who is
// chosen and one for the unit while it signs. What is kept are the points of the strokes.
import { words } from './start.js';

const UNIT = 'unit';
/** Strokes are thinned to steps of this many points: enough for a hand, and short. */
const STEP = 4;

export function sign(root) {
  const kept = root.querySelector('[name=drawn]');
  const form = root.closest('form');
  const size = { wide: Number(root.dataset.wide), high: Number(root.dataset.high) };
  const drawings = read(kept.value);
  const said = root.querySelector('[data-sign-words]').dataset;

  function show() {
    const place = root.querySelector('[data-sign-fields]');
    const wanted = signers(form, said.unit);
    for (const card of [...place.children]) if (!wanted.some(([who]) => who === card.dataset.who)) card.remove();
    for (const [who, name] of wanted) {
      if ([...place.children].some((card) => card.dataset.who === who)) continue;
      const card = root.querySelector('template').content.cloneNode(true).firstElementChild;
      card.dataset.who = who;
      card.querySelector('[data-sign-name]').textContent = name;
      card.querySelector('[data-sign-for]').textContent = ` ${name}`;
      const canvas = card.querySelector('canvas');
      canvas.setAttribute('aria-label', words(said.label, { name }));
      field(canvas, size, drawings[who] || [], (strokes) => { drawings[who] = strokes; keep(); }, card.querySelector('button'));
      place.append(card);
    }
    keep();
  }

  /** Only what belongs to somebody who signs goes along. */
  function keep() {
    const found = {};
    for (const [who] of signers(form, '')) {
      const strokes = drawings[who] || [];
      if (strokes.length) found[who] = strokes.map((stroke) => stroke.map((point) => point.join(',')).join(' ')).join(';');
    }
    kept.value = Object.keys(found).length ? JSON.stringify(found) : '';
  }

  form.addEventListener('change', (event) => { if (/^(inspectors|sign_unit)$/.test(event.target.name)) show(); });
  root.hidden = false;
  show();
}

function signers(form, unit) {
  const found = [...form.querySelectorAll('[name=inspectors]:checked')].map((box) => [box.value, form.querySelector(`label[for="${box.id}"]`).textContent.trim()]);
  if (form.querySelector('[name=sign_unit][value=signed]:checked')) found.push([UNIT, unit]);
  return found;
}

function read(text) {
  try {
    const found = {};
    for (const [who, strokes] of Object.entries(JSON.parse(text || '{}'))) found[who] = strokes.split(';').map((stroke) => stroke.split(' ').map((point) => point.split(',').map(Number)));
    return found;
  } catch {
    return {};
  }
}

function field(canvas, { wide, high }, strokes, changed, again) {
  canvas.width = wide;
  canvas.height = high;
  const pen = canvas.getContext('2d');
  let own = strokes.map((stroke) => [...stroke]);
  let isDown = false;

  function draw() {
    pen.clearRect(0, 0, wide, high);
    Object.assign(pen, { lineWidth: 4, lineCap: 'round', lineJoin: 'round' });
    for (const stroke of own) {
      pen.beginPath();
      stroke.forEach(([x, y], at) => { if (at) pen.lineTo(x, y); else pen.moveTo(x, y); });
      if (stroke.length === 1) pen.lineTo(stroke[0][0], stroke[0][1]);
      pen.stroke();
    }
  }

  function point(event) {
    const box = canvas.getBoundingClientRect();
    const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [within(((event.clientX - box.left) * wide) / box.width, wide), within(((event.clientY - box.top) * high) / box.height, high)];
  }

  function begin(event) {
    isDown = true;
    own.push([point(event)]);
    draw();
  }

  function go(event) {
    if (!isDown) return;
    const stroke = own[own.length - 1];
    const [x, y] = point(event);
    const [oldX, oldY] = stroke[stroke.length - 1];
    if (Math.abs(x - oldX) + Math.abs(y - oldY) < STEP) return;
    stroke.push([x, y]);
    draw();
  }

  function end() {
    if (!isDown) return;
    isDown = false;
    changed(own);
  }

  // Touches by their own events: Safari 12 knows no pointer events. The page must not scroll along.
  const touched = (act) => (event) => { event.preventDefault(); act(event.touches[0] || event.changedTouches[0]); };
  canvas.addEventListener('touchstart', touched(begin), { passive: false });
  canvas.addEventListener('touchmove', touched(go), { passive: false });
  canvas.addEventListener('touchend', end);
  canvas.addEventListener('touchcancel', end);
  canvas.addEventListener('mousedown', begin);
  document.addEventListener('mousemove', go);
  document.addEventListener('mouseup', end);
  again.addEventListener('click', () => { own = []; draw(); changed(own); });
  draw();
}
