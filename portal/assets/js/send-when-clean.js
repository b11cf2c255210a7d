// The report was to be sent while its files were still being cleaned: asks how far they are and sends
// the form when the last one is done. Without this script, or where it fails, the button is there.
const PAUSE = 2000;

export function sendWhenClean(form) {
  const status = document.querySelector('[data-waiting]');
  const nonce = form.elements.nonce.value;
  let isSent = false;

  async function look() {
    if (isSent) return;
    try {
      const answer = await fetch(form.dataset.filesUrl, { headers: { 'Upload-Nonce': nonce }, credentials: 'same-origin' });
      const { files } = await answer.json();
      if (!files.some((file) => file.state === 'being_cleaned')) {
        // By its button: what else the page asks for is looked at then.
        if (!isSent) form.querySelector('[type=submit]').click();
        return;
      }
    } catch {
      // The line or the server is away for now.
    }
    setTimeout(look, PAUSE);
  }

  form.addEventListener('submit', () => { isSent = true; });
  if (status) status.textContent = status.dataset.waiting;
  setTimeout(look, PAUSE);
}
