// Says who else has this open: tells the server every 15 s that it is, while the page is in view,
// and shows the answer when it changes. A POST, since it is written down; a GET may not write.
const EVERY = 15000;

export function presence(element) {
  async function tell() {
    if (document.hidden) return;
    const body = new URLSearchParams({ csrf_token: element.dataset.token || '' });
    if (element.dataset.seen) body.set('seen', element.dataset.seen);
    try {
      const answer = await fetch(element.dataset.url, { method: 'POST', body, credentials: 'same-origin', headers: { Accept: 'application/json' } });
      if (!answer.ok) return;
      const { text = '' } = await answer.json();
      if (element.textContent !== text) element.textContent = text;
    } catch {
      // Offline for a moment; the next round tells again.
    }
  }
  tell();
  setInterval(tell, EVERY);
  document.addEventListener('visibilitychange', tell);
}
