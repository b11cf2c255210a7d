// Sends one file by tus 1.0.0 from the pieces in which it lies on the device. Works in a page and in
// a service worker (which has no XMLHttpRequest). The portal answers the same key with the same
// upload: nothing of it has to be remembered here, and after a cut it goes on where it was.
import { asked, Later } from './courier.js';
import { PIECE } from './box.js';

const VERSION = { 'Tus-Resumable': '1.0.0' };

/** What is wrong with the file itself. Everything else is tried again. */
const FILE_REASONS = ['file_empty', 'file_too_large', 'too_many_files', 'files_too_large_in_all', 'file_not_taken'];

/** Returns the words of a refusal of the file, null when all of it has arrived or the form was sent
 * meanwhile. Raises Later otherwise. */
export async function sendFile({ address, language, nonce, token, file, piece, onShare }) {
  const metadata = { filename: file.name, filetype: file.type, nonce, token, key: file.key };
  const made = await asked(`${address}?lang=${language}`, {
    method: 'POST',
    headers: { ...VERSION, Accept: 'application/json', 'Upload-Length': String(file.size), 'Upload-Metadata': written(metadata) },
  });
  if (made.status !== 201 && made.status !== 200) return refusal(made);
  const place = made.headers.get('Location');
  const own = { ...VERSION, Accept: 'application/json', 'Upload-Nonce': nonce };
  let offset = Number(made.headers.get('Upload-Offset'));
  while (offset < file.size) {
    onShare(`${Math.floor((100 * offset) / file.size)} %`);
    const bytes = await piece(Math.floor(offset / PIECE));
    if (!bytes) throw new Later('later');
    const sent = await asked(place, {
      method: 'PATCH',
      headers: { ...own, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
      body: bytes.slice(offset % PIECE),
    });
    if (sent.status === 204 || sent.status === 200) offset = Number(sent.headers.get('Upload-Offset'));
    else if (sent.status === 409) offset = await offsetOf(place, own);
    else return refusal(sent);
  }
  return null;
}

async function offsetOf(place, headers) {
  const answer = await asked(place, { method: 'HEAD', headers });
  const offset = Number(answer.headers.get('Upload-Offset') || NaN);
  if (!answer.ok || Number.isNaN(offset)) throw new Later('later');
  return offset;
}

async function refusal(answer) {
  const { reason, words } = await answer.json().catch(() => ({}));
  if (FILE_REASONS.includes(reason)) return words;
  // By another tab, in browsers without locks: what was to be sent is there.
  if (reason === 'sent') return null;
  throw new Later('later');
}

function written(metadata) {
  return Object.entries(metadata).map(([name, value]) => `${name} ${base64(value)}`).join(',');
}

function base64(text) {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
