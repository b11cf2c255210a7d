// Copies the receipt code by one tap. Without a secure context it selects and asks the old way.
export function copyCode(button) {
  const code = document.getElementById(button.dataset.copies);
  const status = document.getElementById(`${button.dataset.copies}-status`);
  if (!code) return;
  button.addEventListener('click', async () => {
    const done = (await written(code.textContent.replace(/\s+/g, ' ').trim())) || selected(code);
    if (status) status.textContent = done ? button.dataset.done : button.dataset.failed;
  });
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function selected(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  return document.execCommand('copy');
}
