// Keys for staff (UX §6). A key is written on the thing that it presses: data-key="a" on a link, a
// button, a field or a form; "g q" is two keys in turn. Off inside fields, with a modifier, while a
// key is held down, while a word is being composed, and by the person's own setting. One press
// decides one thing: after a decision all keys rest until the next page. In a field for several
// lines, where Enter begins a line, Ctrl and Enter together send the form.
const TOGETHER = 1200;
let decided = false;
let before = '';
let beforeAt = 0;

export function keys() {
  if (document.body.classList.contains('portal-keys-off')) return;
  document.addEventListener('keydown', (event) => {
    if (decided || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(event);
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    if (document.querySelector('dialog[open]')) return;
    const pair = before && event.timeStamp - beforeAt < TOGETHER ? find(`${before} ${event.key}`) : null;
    before = event.key;
    beforeAt = event.timeStamp;
    const target = pair || find(event.key);
    if (target) press(target, event);
    else if (event.key === 'j') step(1, event);
    else if (event.key === 'k') step(-1, event);
    else if (event.key === 'x') tick(event);
    else if (event.key === '?') list(event);
  });
  window.addEventListener('pageshow', () => { decided = false; });
}

function inField(element) {
  if (!(element instanceof HTMLElement)) return false;
  if (element.isContentEditable) return true;
  if (element.matches('input[type="checkbox"], input[type="submit"], input[type="button"]')) return false;
  return element.matches('input, textarea, select, [role="application"], [role="application"] *');
}

function find(key) {
  return [...document.querySelectorAll('[data-key]')].find(
    (element) => element.dataset.key === key && !element.disabled && element.offsetParent !== null,
  ) || null;
}

function press(target, event) {
  event.preventDefault();
  if (target.matches('input:not([type="submit"]), textarea, select')) {
    target.focus();
    if (target.select) target.select();
    return;
  }
  if (target.matches('summary')) {
    // "Refuse": the same press opens the form and stands in the field that is still to be filled in.
    const details = target.parentElement;
    details.open = !details.open;
    const fields = [...details.querySelectorAll('input:not([type="hidden"]), textarea, select')];
    const field = fields.find(isEmpty) || fields[0];
    if (details.open && field) field.focus();
    return;
  }
  const form = target.matches('form') ? target : target.form;
  if (form && form.method === 'post') decided = true;
  if (target.matches('form')) {
    const button = target.querySelector('button[type="submit"], button:not([type])');
    if (button) button.click();
  } else {
    target.click();
  }
}

function isEmpty(field) {
  if (field.type === 'radio') return ![...field.form.elements[field.name]].some((one) => one.checked);
  return field.type !== 'checkbox' && !field.value;
}

function send(event) {
  const form = event.target instanceof HTMLTextAreaElement && event.target.form;
  if (!form || form.method !== 'post') return;
  event.preventDefault();
  decided = true;
  form.requestSubmit();
}

function rows() {
  return [...document.querySelectorAll('[data-row]')].filter((row) => row.offsetParent !== null);
}

function here() {
  const active = document.activeElement;
  return active instanceof Element ? active.closest('[data-row]') : null;
}

function step(by, event) {
  const all = rows();
  if (!all.length) return;
  const now = all.indexOf(here());
  const next = now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + by));
  const link = all[next].querySelector('[data-open]');
  if (!link) return;
  event.preventDefault();
  link.focus();
  all[next].scrollIntoView({ block: 'nearest' });
}

function tick(event) {
  const row = here();
  const box = row && row.querySelector('input[type="checkbox"]');
  if (!box) return;
  event.preventDefault();
  box.click();
}

function list(event) {
  const dialog = document.getElementById('portal-keys');
  if (!dialog || typeof dialog.showModal !== 'function') return;
  event.preventDefault();
  const entries = dialog.querySelector('dl');
  dialog.querySelectorAll('[data-key-own]').forEach((entry) => entry.remove());
  for (const element of document.querySelectorAll('[data-key][data-key-name]')) {
    const key = document.createElement('dt');
    const cap = document.createElement('kbd');
    cap.className = 'portal-kbd';
    cap.textContent = element.dataset.key;
    key.append(cap);
    const name = document.createElement('dd');
    name.textContent = element.dataset.keyName;
    for (const part of [key, name]) {
      part.dataset.keyOwn = '';
      entries.append(part);
    }
  }
  dialog.showModal();
}
