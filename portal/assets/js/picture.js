// Pictures on the device: upright, drawn no larger than asked, as JPEG. One is decoded at a time and
// its canvas given back at once: an old phone has memory for one.

import { bytesOf, read } from './bytes.js';

const HEAD = 262144; // A JPEG's notes stand in front; larger ones are no camera's.
const QUALITY = 0.85;
/** Kinds that a browser may be able to decode; what it can't is sent as it is. */
const PICTURE = /^image\/(jpe?g|png|webp|hei[cf]|avif|bmp)$/i;

export const isPicture = (file) => PICTURE.test(file.type);

/**
 * Where a JPEG's Exif says how it is to be turned, and what it says: {at, little, turn}; null if
 * it says nothing or cannot be read.
 * @param {ArrayBuffer} buffer its first bytes
 */
export function turnIn(buffer) {
  const view = new DataView(buffer);
  try {
    if (view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda; at += 2 + view.getUint16(at + 2)) {
      if (view.getUint8(at + 1) !== 0xe1 || view.getUint32(at + 4) !== 0x45786966) continue;
      const start = at + 10;
      const little = view.getUint16(start) === 0x4949;
      const table = start + view.getUint32(start + 4, little);
      for (let entry = 0; entry < view.getUint16(table, little); entry += 1) {
        const place = table + 2 + 12 * entry;
        if (view.getUint16(place, little) !== 0x0112) continue;
        const turn = view.getUint16(place + 8, little);
        return turn >= 1 && turn <= 8 ? { at: place + 8, little, turn } : null;
      }
      return null;
    }
  } catch {
    // Ends before what it promises: no turn.
  }
  return null;
}

/**
 * Old browsers leave a photo lying on its side, new ones turn it by themselves. So that all do the
 * same, the note is blanked in a copy and we turn it.
 */
async function unturned(file) {
  const head = await bytesOf(file.slice(0, HEAD));
  const found = turnIn(head);
  if (!found || found.turn === 1) return { blob: file, turn: 1 };
  new DataView(head).setUint16(found.at, 1, found.little);
  return { blob: new Blob([head, file.slice(head.byteLength)], { type: file.type }), turn: found.turn };
}

async function decoded(blob) {
  const image = new Image();
  // A data: address, since the page's policy allows no blob: ones.
  const source = await read(blob, 'readAsDataURL');
  await new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = () => reject(new Error('not decoded'));
    image.src = source;
  });
  return image;
}

const TURNS = {
  2: (w, _h) => [-1, 0, 0, 1, w, 0],
  3: (w, h) => [-1, 0, 0, -1, w, h],
  4: (_w, h) => [1, 0, 0, -1, 0, h],
  5: () => [0, 1, 1, 0, 0, 0],
  6: (_w, h) => [0, 1, -1, 0, h, 0],
  7: (w, h) => [0, -1, -1, 0, h, w],
  8: (w) => [0, -1, 1, 0, 0, w],
};

export function canvasOf(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** Gives a canvas's memory back; browsers of 2018 else keep it until they feel like it. */
export function release(canvas) {
  if (canvas) canvas.width = canvas.height = 0;
}

function drawn(image, turn, longest) {
  const scale = Math.min(1, longest / Math.max(image.naturalWidth, image.naturalHeight));
  const width = Math.max(1, Math.round(image.naturalWidth * scale));
  const height = Math.max(1, Math.round(image.naturalHeight * scale));
  const canvas = turn > 4 ? canvasOf(height, width) : canvasOf(width, height);
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = 'high';
  if (TURNS[turn]) pen.setTransform(...TURNS[turn](width, height));
  pen.drawImage(image, 0, 0, width, height);
  return canvas;
}

/** A small copy of a canvas for the list. */
export function small(canvas, longest) {
  const scale = Math.min(1, longest / Math.max(canvas.width, canvas.height));
  const made = canvasOf(Math.max(1, Math.round(canvas.width * scale)), Math.max(1, Math.round(canvas.height * scale)));
  const pen = made.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(canvas, 0, 0, made.width, made.height);
  return made;
}

/** Whether anything at all is to be seen: a phone out of memory draws a blank and says nothing. */
function isBlank(canvas) {
  const all = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  for (let at = 4; at < all.length; at += 4) {
    if (all[at] !== all[0] || all[at + 1] !== all[1] || all[at + 2] !== all[2]) return false;
  }
  return true;
}

/**
 * Whether a canvas gives back what was drawn on it. Tor Browser and others that guard against
 * recognition give white or noise instead: what we made there would be no photo any more.
 */
export function canvasTells() {
  const canvas = canvasOf(8, 8);
  const pen = canvas.getContext('2d');
  const colour = (n) => [(n * 37) % 256, (n * 91) % 256, (n * 53) % 256];
  for (let n = 0; n < 64; n += 1) {
    pen.fillStyle = `rgb(${colour(n).join(',')})`;
    pen.fillRect(n % 8, Math.floor(n / 8), 1, 1);
  }
  const seen = pen.getImageData(0, 0, 8, 8).data;
  release(canvas);
  for (let n = 0; n < 64; n += 1) {
    // Some only change the lowest bits, which no eye sees.
    if (colour(n).some((value, part) => Math.abs(value - seen[4 * n + part]) > 8)) return false;
  }
  return true;
}

/** @returns {Promise<Blob>} */
export function jpegOf(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob && blob.type === 'image/jpeg' && blob.size ? resolve(blob) : reject(new Error('not encoded'))), 'image/jpeg', QUALITY);
  });
}

/**
 * Draws a photo upright and hands the canvas to `use`; what `use` returns is the answer. Rejects
 * where the browser cannot decode it, or draws a blank.
 */
export async function withDrawn(file, longest, use) {
  const { blob, turn } = await unturned(file);
  let image = await decoded(blob);
  let canvas = null;
  try {
    const size = Math.max(image.naturalWidth, image.naturalHeight);
    canvas = drawn(image, turn, longest);
    image.removeAttribute('src');
    image = null;
    const look = small(canvas, 64);
    const blank = isBlank(look);
    release(look);
    if (blank) throw new Error('drawn blank');
    return await use(canvas, size);
  } finally {
    release(canvas);
  }
}

/**
 * The photo as it is sent and a small picture of it. `longest` of 0 sends the original. The
 * original goes too where nothing would be gained.
 */
export function prepared(file, { longest, preview }) {
  return withDrawn(file, longest || preview, async (canvas, size) => {
    const blob = longest && size > longest ? await jpegOf(canvas) : file;
    return { blob: blob.size < file.size ? blob : file, preview: small(canvas, preview) };
  });
}
