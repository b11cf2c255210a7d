// A service worker that keeps one page for nobody in particular, with its files, and nothing else.
// The portal writes what it keeps (`SHELL`: version, pages, files) above the script of each worker.

/** `cache` is how the names of its caches begin, `home` the page's path; `credentials` say whether
 * the page is only given to who is signed in. With `instead` it also stands in for other pages. */
export function serve(shell, { cache, home, credentials = 'omit', instead = false }) {
  const name = cache + shell.version;

  async function fill() {
    const kept = await caches.open(name);
    await Promise.all([...Object.values(shell.pages), ...shell.files].map(async (address) => {
      const answer = await fetch(address, { credentials, redirect: 'error' });
      if (!answer.ok) throw new Error(String(answer.status));
      await kept.put(address, answer);
    }));
  }

  async function tidy() {
    const old = (await caches.keys()).filter((one) => one.startsWith(cache) && one !== name);
    await Promise.all(old.map((one) => caches.delete(one)));
  }

  async function kept(address) {
    return (await caches.open(name)).match(address, { ignoreVary: true });
  }

  function page(asked) {
    const own = [asked.get('lang'), (navigator.language || '').slice(0, 2), shell.language];
    return kept(shell.pages[own.find((language) => shell.pages[language])]);
  }

  self.addEventListener('install', (event) => {
    event.waitUntil(fill().then(() => self.skipWaiting()));
  });
  self.addEventListener('activate', (event) => {
    event.waitUntil(tidy().then(() => self.clients.claim()));
  });
  self.addEventListener('fetch', (event) => {
    const { request } = event;
    const { origin, pathname, searchParams } = new URL(request.url);
    if (request.method !== 'GET' || origin !== self.location.origin) return;
    if (shell.files.includes(pathname)) event.respondWith(kept(pathname).then((found) => found || fetch(request)));
    else if (request.mode !== 'navigate') return;
    else if (pathname === home) event.respondWith(page(searchParams).then((found) => found || fetch(request)));
    else if (instead) event.respondWith(fetch(request).catch(() => page(searchParams).then((found) => found || Response.error())));
  });
}
