// The service worker of the form: opens it without a network and sends what waits. The portal writes
// `const SHELL` above it (version, pages, files, addresses), so that a change there makes it new.
/* global SHELL */
import { openBox } from '../offline/box.js';
import { BOX, CACHE, SYNC } from '../offline/names.js';
import { sendAll } from '../offline/report.js';

const NAME = CACHE + SHELL.version;

self.addEventListener('install', (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

// Without cookies: what is kept is nobody's page.
async function fill() {
  const cache = await caches.open(NAME);
  await Promise.all([...Object.values(SHELL.pages), ...SHELL.files].map(async (address) => {
    const answer = await fetch(address, { credentials: 'omit', redirect: 'error' });
    if (!answer.ok) throw new Error(String(answer.status));
    await cache.put(address, answer);
  }));
}

self.addEventListener('activate', (event) => {
  event.waitUntil(tidy().then(() => self.clients.claim()));
});

async function tidy() {
  const old = (await caches.keys()).filter((name) => name.startsWith(CACHE) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (SHELL.files.includes(pathname)) event.respondWith(kept(pathname).then((found) => found || fetch(request)));
  else if (request.mode !== 'navigate') return;
  else if (pathname === '/report/offline') event.respondWith(page(searchParams).then((found) => found || fetch(request)));
  else event.respondWith(fetch(request).catch(() => page(searchParams).then((found) => found || Response.error())));
});

function page(asked) {
  const own = [asked.get('lang'), (navigator.language || '').slice(0, 2), SHELL.language];
  return kept(SHELL.pages[own.find((language) => SHELL.pages[language])]);
}

async function kept(address) {
  const cache = await caches.open(NAME);
  return cache.match(address, { ignoreVary: true });
}

self.addEventListener('message', (event) => {
  if (event.data === 'send') event.waitUntil(send());
});
// A browser that knows Background Sync comes back to it with no page open; it tries again on failure.
self.addEventListener('sync', (event) => {
  if (event.tag === SYNC) event.waitUntil(send().then((left) => { if (left) throw new Error('left'); }));
});

async function send() {
  const box = await openBox(BOX, { create: false }).catch(() => null);
  if (!box) return 0;
  try {
    return await sendAll(box, SHELL.addresses, (id, what) => { if (what.state === 'sent' || what.state === 'refused') tellPages(); });
  } finally {
    box.close();
  }
}

async function tellPages() {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage('changed');
}
