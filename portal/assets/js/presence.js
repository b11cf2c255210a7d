// Says who else has this open: asks every 15 s while the page is in view, says it when it changes.
const EVERY = 15000;

export function presence(element) {
  async function ask() {
    if (document.hidden) return;
    try {
      const answer = await fetch(element.dataset.url, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
      if (!answer.ok) return;
      const { text = '' } = await answer.json();
      if (element.textContent !== text) element.textContent = text;
    } catch {
      // Offline for a moment; the next round asks again.
    }
  }
  ask();
  setInterval(ask, EVERY);
  document.addEventListener('visibilitychange', ask);
}
