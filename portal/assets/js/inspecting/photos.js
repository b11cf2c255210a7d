// Photos of an item: kept on the phone as they are, with their hash, as soon as they are chosen.
import { bytesOf } from '../bytes.js';
import { drawn } from '../offline/chance.js';

const MEGABYTE = 1000000;

/** SHA-256 of a file in hex. */
async function hashOf(blob) {
  const found = await crypto.subtle.digest('SHA-256', await bytesOf(blob));
  return [...new Uint8Array(found)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Why a file is not kept, as the name of one of the page's sentences; '' where it is. */
export function unfit(file, pack, here) {
  const { photos = 0 } = pack.body.answers[here.item] || {};
  if (!file.size) return 'empty';
  if (file.size > pack.body.most_bytes) return 'tooLarge';
  return photos + here.waiting >= pack.body.most_files ? 'tooMany' : '';
}

/** Keeps a photo whole or not at all. */
export async function keepPhoto(box, pack, item, file) {
  const body = {
    kind: 'photo', inspection: pack.body.inspection, id: drawn(), item, name: file.name, type: file.type, size: file.size,
    sha256: await hashOf(file), at: Date.now(), ready: false,
  };
  const id = await box.put({ state: 'photo', body });
  try {
    await box.addFile(id, body.id, file);
    await box.put({ id, state: 'photo', body: { ...body, ready: true } });
  } catch (error) {
    await box.remove(id).catch(() => {});
    throw error;
  }
}

/** Draws the photos that wait for an item; `act(photo)` takes one off the phone. */
export function showPhotos(list, template, photos, page) {
  list.textContent = '';
  for (const photo of photos) {
    const row = template.content.cloneNode(true).firstElementChild;
    const { name, size, words } = photo.body;
    row.querySelector('[data-photo-name]').textContent = name;
    row.querySelector('[data-photo-size]').textContent = `${(size / MEGABYTE).toFixed(1)} MB`;
    row.querySelector('[data-photo-words]').textContent = words || '';
    row.querySelectorAll('[data-photo-for]').forEach((one) => { one.textContent = ` ${name}`; });
    row.querySelector('[data-photo-remove]').addEventListener('click', () => page.removePhoto(photo));
    const save = row.querySelector('[data-photo-save]');
    save.hidden = photo.state !== 'unwanted';
    save.addEventListener('click', () => saveAs(page.box, photo));
    list.append(row);
  }
}

/** Gives a photo that the portal did not take back to the phone's own files. */
async function saveAs(box, photo) {
  const file = await box.file(photo.id, photo.body.id);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([file], { type: photo.body.type }));
  link.download = photo.body.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
