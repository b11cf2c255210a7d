// Kinds of hazard narrower while somebody types: the server finds, as it does for the Find button; this
// only moves the page's own radio buttons. Where nothing comes back, all of them stay where they are.
const PAUSE = 300;

export function find(box) {
  const field = box.querySelector('[name=sought]');
  const form = field.form;
  const status = box.querySelector('[data-find-status]');
  const shown = form.querySelector('[name=found_for]');
  const open = box.querySelector('[data-find-open]');
  const rest = box.querySelector('[data-find-rest]');
  const first = open.firstElementChild; // "Not sure"
  const items = [...open.children, ...rest.children].filter((item) => item !== first);
  const common = [...open.children].filter((item) => item !== first);
  let timer = 0;
  let asked = 0;

  function place(these) {
    for (const item of these) open.append(item);
    for (const item of items) if (these.indexOf(item) < 0) rest.append(item);
    const chosen = rest.querySelector('input:checked');
    if (chosen) rest.closest('details').open = true;
  }

  async function look() {
    clearTimeout(timer);
    const sought = field.value;
    const turn = ++asked;
    const body = new URLSearchParams();
    for (const name of ['csrf_token', 'nonce']) body.append(name, form.elements[name].value);
    body.append('sought', sought);
    try {
      const answer = await fetch(box.dataset.findUrl, { method: 'POST', body, credentials: 'same-origin', redirect: 'error' });
      if (!answer.ok || turn !== asked) return;
      const { codes, said } = await answer.json();
      if (turn !== asked) return;
      const by = {};
      for (const item of items) by[item.querySelector('input').value] = item;
      const found = codes.map((code) => by[code]).filter(Boolean);
      place(found.length ? found : common);
      status.textContent = said;
      shown.value = sought;
    } catch {
      // The button does the same.
    }
  }

  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault(); // Else the form would be sent.
    look();
  });
}
