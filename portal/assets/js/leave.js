// Quick leave: the other page takes this one's place, so that Back does not lead here.
export function leave(link) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    document.title = ' ';
    document.body.hidden = true;
    window.location.replace(link.href);
  });
}
