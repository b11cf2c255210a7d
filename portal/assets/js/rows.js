// Choosing rows: all at once, the count in words, the row's ground.
import { words } from './start.js';

export function bulk(bar) {
  const form = bar.dataset.form;
  const count = bar.querySelector('[data-bulk-count]');
  const table = document.querySelector(`input[form="${CSS.escape(form)}"][type="checkbox"]`);
  const root = table && table.closest('table');
  if (!root) return;
  const boxes = [...root.querySelectorAll('tbody input[type="checkbox"]')];
  const all = root.querySelector('[data-select-all]');

  function show() {
    const chosen = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest('tr').classList.toggle('is-on', box.checked));
    count.textContent = words(bar.dataset.words, { n: String(chosen.length) });
    if (all) {
      all.checked = chosen.length > 0 && chosen.length === boxes.length;
      all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
  }

  root.addEventListener('change', (event) => {
    if (event.target === all) boxes.forEach((box) => { box.checked = all.checked; });
    show();
  });
  show();
}
