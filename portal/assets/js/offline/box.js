// A box on this device: items and their files, kept until they were sent. Each item has a state in
// the clear (so that they can be counted) and a body and files that are locked by AES-GCM with a key
// that no script can read out, where the browser has WebCrypto. Knows nothing of reports.
import { bytesOf } from '../bytes.js';

const SCHEMA = 1;
/** Files lie in pieces of this many bytes, so that an old phone never holds a whole one. */
export const PIECE = 256 * 1024;

/** Opens the box `name`. With `create` false null where there is none: nothing is left behind. */
export async function openBox(name, { create = true } = {}) {
  const base = await opened(name, create);
  if (!base) return null;
  const box = new Box(name, base);
  // Somebody deletes it in another tab: whoever holds it open would stand in the way.
  base.onversionchange = () => { base.close(); box.gone(); };
  await box.unlock();
  return box;
}

/** The same without a device to keep anything on: what is in it is gone with the page. */
export function memoryBox() {
  return new MemoryBox();
}

/** Deletes the box, whoever holds it open. */
export async function deleteBox(name) {
  const box = await openBox(name, { create: false }).catch(() => null);
  if (box) {
    // At once and whole; deleting the database itself may have to wait for other tabs.
    await box.clear().catch(() => {});
    box.base.close();
  }
  await new Promise((resolve) => {
    try {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onerror = request.onblocked = () => resolve();
    } catch {
      resolve();
    }
  });
}

function opened(name, create) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, SCHEMA);
    request.onupgradeneeded = () => {
      if (!create) {
        request.transaction.abort();
        return;
      }
      const base = request.result;
      base.createObjectStore('keys');
      base.createObjectStore('items', { keyPath: 'id', autoIncrement: true });
      base.createObjectStore('pieces');
    };
    request.onsuccess = () => resolve(request.result);
    request.onblocked = () => reject(new Error('blocked'));
    request.onerror = (event) => {
      event.preventDefault();
      if (create) reject(request.error);
      else resolve(null);
    };
  });
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function ended(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error || new Error('aborted'));
  });
}

/** Of one file: all its pieces. Arrays come after numbers and strings in the order of keys. */
function pieces(id, file) {
  return file === undefined ? IDBKeyRange.bound([id], [id, []]) : IDBKeyRange.bound([id, file], [id, file, []]);
}

class Box {
  constructor(name, base) {
    this.name = name;
    this.base = base;
    this.key = null;
    this.lasts = true;
    this.gone = () => {};
  }

  async unlock() {
    if (!self.crypto || !crypto.subtle) return;
    this.key = await asked(this.base.transaction('keys').objectStore('keys').get('key')) || null;
    if (this.key) return;
    try {
      const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      const transaction = this.base.transaction('keys', 'readwrite');
      const store = transaction.objectStore('keys');
      // Two tabs at once: the first one's key stays.
      const before = await asked(store.get('key'));
      if (!before) store.put(made, 'key');
      await ended(transaction);
      this.key = before || made;
    } catch {
      this.key = null; // A browser that can't keep such a key: kept without.
    }
  }

  async lock(bytes) {
    if (!this.key) return { bytes };
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.key, bytes) };
  }

  async open(locked) {
    if (!locked.iv) return locked.bytes;
    return crypto.subtle.decrypt({ name: 'AES-GCM', iv: locked.iv }, this.key, locked.bytes);
  }

  /** Keeps an item and returns its id; one that has been deleted meanwhile does not come back. */
  async put({ id, state, body }, { withoutFiles = false } = {}) {
    const locked = await this.lock(new TextEncoder().encode(JSON.stringify(body)));
    const transaction = this.base.transaction(['items', 'pieces'], 'readwrite');
    const over = ended(transaction);
    const items = transaction.objectStore('items');
    let kept = id;
    if (id === undefined) items.add({ state, locked }).onsuccess = (event) => { kept = event.target.result; };
    else {
      items.get(id).onsuccess = (event) => {
        if (event.target.result) items.put({ id, state, locked });
        else kept = null;
      };
    }
    if (withoutFiles && id !== undefined) transaction.objectStore('pieces').delete(pieces(id));
    await over;
    return kept;
  }

  async get(id) {
    return this.read(await asked(this.base.transaction('items').objectStore('items').get(id)));
  }

  /** All items, oldest first; `body` is null where it can't be read any more. */
  async list() {
    const found = await asked(this.base.transaction('items').objectStore('items').getAll());
    return Promise.all(found.map((row) => this.read(row)));
  }

  async read(row) {
    if (!row) return null;
    try {
      const body = JSON.parse(new TextDecoder().decode(await this.open(row.locked)));
      return { id: row.id, state: row.state, body };
    } catch {
      return { id: row.id, state: row.state, body: null };
    }
  }

  /** How many items there are by state. */
  async count() {
    const found = await asked(this.base.transaction('items').objectStore('items').getAll());
    const counted = {};
    for (const { state } of found) counted[state] = (counted[state] || 0) + 1;
    return counted;
  }

  /** Keeps a file piece by piece; all of it or nothing. */
  async addFile(id, file, blob) {
    try {
      for (let start = 0; start < blob.size; start += PIECE) {
        const locked = await this.lock(await bytesOf(blob.slice(start, start + PIECE)));
        const transaction = this.base.transaction('pieces', 'readwrite');
        const over = ended(transaction);
        transaction.objectStore('pieces').put(locked, [id, file, start / PIECE]);
        await over;
      }
    } catch (error) {
      await this.removeFile(id, file).catch(() => {});
      throw error;
    }
  }

  async piece(id, file, number) {
    const locked = await asked(this.base.transaction('pieces').objectStore('pieces').get([id, file, number]));
    return locked ? this.open(locked) : null;
  }

  /** A file as a whole, from its pieces. */
  async file(id, file) {
    const found = [];
    for (let bytes = await this.piece(id, file, 0); bytes; bytes = await this.piece(id, file, found.length)) found.push(new Blob([bytes]));
    return new Blob(found);
  }

  async removeFile(id, file) {
    const transaction = this.base.transaction('pieces', 'readwrite');
    transaction.objectStore('pieces').delete(pieces(id, file));
    return ended(transaction);
  }

  async remove(id) {
    const transaction = this.base.transaction(['items', 'pieces'], 'readwrite');
    transaction.objectStore('items').delete(id);
    transaction.objectStore('pieces').delete(pieces(id));
    return ended(transaction);
  }

  async clear() {
    const transaction = this.base.transaction(['keys', 'items', 'pieces'], 'readwrite');
    for (const store of ['keys', 'items', 'pieces']) transaction.objectStore(store).clear();
    return ended(transaction);
  }

  close() {
    this.base.close();
  }
}

class MemoryBox {
  constructor() {
    this.lasts = false;
    this.items = new Map();
    this.files = new Map();
    this.next = 1;
    this.gone = () => {};
  }

  async put({ id, state, body }, { withoutFiles = false } = {}) {
    if (id !== undefined && !this.items.has(id)) return null;
    const kept = id === undefined ? this.next++ : id;
    this.items.set(kept, JSON.stringify({ id: kept, state, body }));
    if (withoutFiles) this.dropFiles(kept);
    return kept;
  }

  async get(id) {
    return this.items.has(id) ? JSON.parse(this.items.get(id)) : null;
  }

  async list() {
    return [...this.items.values()].map((text) => JSON.parse(text));
  }

  async addFile(id, file, blob) {
    this.files.set(`${id} ${file}`, blob);
  }

  async piece(id, file, number) {
    const blob = this.files.get(`${id} ${file}`);
    return blob ? bytesOf(blob.slice(number * PIECE, (number + 1) * PIECE)) : null;
  }

  async removeFile(id, file) {
    this.files.delete(`${id} ${file}`);
  }

  async remove(id) {
    this.items.delete(id);
    this.dropFiles(id);
  }

  dropFiles(id) {
    for (const name of [...this.files.keys()]) if (name.startsWith(`${id} `)) this.files.delete(name);
  }

  async clear() {
    this.items.clear();
    this.files.clear();
  }

  close() {}
}
