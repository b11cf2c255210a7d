// Taking off this phone what somebody's inspections left there.
import { deleteBox, openBox } from '../offline/box.js';
import { CACHE, HOMES, boxOf, mark, setMark } from './names.js';

/** How many answers and photos of an account wait unsent; null: it has nothing here at all. */
export async function waitingOf(owner) {
  const box = await openBox(boxOf(owner), { create: false }).catch(() => null);
  if (!box) return null;
  try {
    return counted(await box.count());
  } finally {
    box.close();
  }
}

export function counted({ answer = 0, clash = 0, refused = 0, photo = 0, unwanted = 0 }) {
  return { answers: answer + clash + refused, photos: photo + unwanted, all: answer + clash + refused + photo + unwanted };
}

/** Deletes an account's box; with the last one go the pages themselves. */
export async function wipe(owner) {
  await deleteBox(boxOf(owner));
  const { holder, owners } = mark();
  const left = owners.filter((one) => one !== owner);
  setMark({ holder: holder === owner ? '' : holder, owners: left });
  if (!left.length) await forgetPages();
}

async function forgetPages() {
  if (self.caches) {
    const names = await caches.keys().catch(() => []);
    await Promise.all(names.filter((name) => name.startsWith(CACHE)).map((name) => caches.delete(name)));
  }
  if ('serviceWorker' in navigator) {
    const all = await navigator.serviceWorker.getRegistrations().catch(() => []);
    await Promise.all(all.filter((one) => HOMES.includes(new URL(one.scope).pathname)).map((one) => one.unregister()));
  }
}
