// The service worker of the form: opens it without a network and sends what waits. The portal writes
// `const SHELL` above it (version, pages, files, addresses), so that a change there makes it new.
/* global SHELL */
import { openBox } from '../offline/box.js';
import { BOX, CACHE, SYNC } from '../offline/names.js';
import { sendAll } from '../offline/report.js';
import { serve } from '../offline/shell.js';

// Fetched without cookies: what is kept is nobody's page.
serve(SHELL, { cache: CACHE, home: '/report/offline', instead: true });

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
