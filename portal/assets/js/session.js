// Warns two minutes before the session ends, and keeps it alive when asked to. A laptop that slept
// goes by the clock on the wall, not by timers.
export function session(element) {
  const form = element.querySelector('form');
  const sentence = element.querySelector('p');
  const warning = sentence.textContent;
  let ends = Date.now() + 1000 * Number(element.dataset.seconds);

  function look() {
    const left = (ends - Date.now()) / 1000;
    const over = left <= 0;
    if (left > Number(element.dataset.warn)) {
      element.hidden = true;
    } else if (element.hidden || (over && !form.hidden)) {
      sentence.textContent = over ? element.dataset.over : warning;
      form.hidden = over;
      element.hidden = false;
    }
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, {
        method: 'POST', body: new FormData(form), credentials: 'same-origin', headers: { Accept: 'application/json' }, redirect: 'error',
      });
      if (!answer.ok) throw new Error(String(answer.status));
      ends = Date.now() + 1000 * (await answer.json()).seconds;
      look();
    } catch {
      form.submit();
    }
  });
  setInterval(look, 5000);
  document.addEventListener('visibilitychange', look);
}
