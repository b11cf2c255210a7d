// A print button, and whole pages on paper: closed parts are opened for it and closed again.
export function printButton(button) {
  button.addEventListener('click', () => window.print());
}

export function openForPrint() {
  let opened = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    opened.forEach((part) => { part.open = true; });
  });
  window.addEventListener('afterprint', () => {
    opened.forEach((part) => { part.open = false; });
    opened = [];
  });
}
