// A notice after a move is read out: screen readers ignore a status that was there at load.
export function notice(element) {
  const words = element.querySelector('p');
  if (!words) return;
  const text = words.textContent;
  setTimeout(() => {
    words.setAttribute('aria-live', 'off');
    const said = document.createElement('span');
    said.className = 'portal-hide';
    element.appendChild(said);
    said.textContent = text;
  }, 300);
}
