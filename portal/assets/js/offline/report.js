// A report that was kept on the device: where it lies, and how it is sent. Used by the page and by
// the service worker alike. Everything may be repeated at any point: the nonce makes it one report.
import { alone, post, Later } from './courier.js';
import { sendFile } from './tus.js';

const LOCK = 'portal-report-send';
const TRIES = 3;
/** Answers after which another try at once may do: a token that ran out on the way, a file that is
 * not there any more, photos that are being cleaned (the portal waits a moment before it says so). */
const AGAIN = ['again', 'missing', 'cleaning'];

/** Sends what waits, oldest first. `tell(id, what)` hears how each gets on. Returns what is left. */
export async function sendAll(box, addresses, tell = () => {}) {
  return alone(LOCK, async () => {
    let left = 0;
    for (const item of await box.list()) {
      if (item.state === 'waiting' && item.body && !(await sendOne(box, item, addresses, tell))) left += 1;
    }
    return left;
  });
}

/** Says whether the report is off our hands: sent, or back with its writer. */
async function sendOne(box, item, addresses, tell) {
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (await isSettled(box, item, addresses, tell)) return true;
    }
    throw new Later('later');
  } catch (error) {
    tell(item.id, { state: error instanceof Later ? error.why : 'later' });
    return false;
  }
}

async function isSettled(box, item, addresses, tell) {
  const { body } = item;
  tell(item.id, { state: 'sending' });
  const { token } = (await post(addresses.begin, JSON.stringify({ nonce: body.nonce }), 'application/json')).answer;
  await sendFiles(box, item, token, tell);
  // From here on it may have arrived though no answer comes back: a change would be a second one.
  body.tried = true;
  if (!(await box.put(item))) return true;
  const typed = new URLSearchParams(body.fields);
  typed.append('nonce', body.nonce);
  typed.append('csrf_token', token);
  for (const file of body.files) if (!file.refused) typed.append('file', file.key);
  if (body.changed) typed.append('changed', '1');
  const { status, answer } = await post(`${addresses.send}?lang=${body.lang}`, typed);
  if (status === 200 && answer.state === 'sent') {
    for (const file of body.files) file.refused = file.refused || answer.files[file.key];
    const kept = { lang: body.lang, code: answer.code, notes: answer.notes, refused: body.files.filter((file) => file.refused) };
    if (body.changed) kept.fields = body.fields;
    await box.put({ ...item, state: 'sent', body: kept }, { withoutFiles: true });
    tell(item.id, { state: 'sent' });
    return true;
  }
  if (status === 422 && answer.state === 'refused') {
    await box.put({ ...item, state: 'refused', body: { ...body, errors: answer.errors, words: answer.words } });
    tell(item.id, { state: 'refused' });
    return true;
  }
  if (answer.state === 'cleaning') tell(item.id, { state: 'cleaning' });
  if (answer.state === 'missing') for (const file of body.files) if (answer.files.includes(file.key)) file.sent = false;
  if (!AGAIN.includes(answer.state)) throw new Later('later');
  return false;
}

async function sendFiles(box, item, token, tell) {
  const { body } = item;
  const waiting = body.files.filter((file) => !file.refused && !file.sent);
  for (const file of waiting) {
    const number = body.files.indexOf(file) + 1;
    const onShare = (share) => tell(item.id, { state: 'sending-file', number, all: body.files.length, share });
    const refused = await sendFile({
      address: '/report/files', language: body.lang, nonce: body.nonce, token, file, onShare,
      piece: (one) => box.piece(item.id, file.key, one),
    });
    // A file that is refused is told with the receipt and holds nothing else up.
    if (refused) file.refused = refused;
    else file.sent = true;
    await box.put(item);
  }
}
