// Quick leave: the other page takes this one's place, so that Back does not lead here; the server lets
// the cookies go on the way, so that Back finds nothing on the pages before either.
export function leave(link) {
  // As when a form is sent: a save that is still to come would bring the cookie back. At the first
  // touch, since what follows it takes the focus from the form, which saves.
  const saveNoMore = () => document.dispatchEvent(new Event('submit'));
  for (const kind of ['pointerdown', 'touchstart', 'mousedown']) link.addEventListener(kind, saveNoMore, { passive: true });
  link.addEventListener('click', (event) => {
    event.preventDefault();
    document.title = ' ';
    document.body.hidden = true;
    saveNoMore();
    window.location.replace(link.href);
  });
  // A page that the browser kept whole for Back may show what is over: it comes from the server again.
  window.addEventListener('pageshow', (event) => { if (event.persisted) window.location.reload(); });
}
