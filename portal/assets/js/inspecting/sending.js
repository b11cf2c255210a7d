// Sends what waits of the inspections on this phone. Everything may be repeated at any point: the id
// that an entry got here makes it count once, and a photo stays until the portal's hash is the same.
import { alone, asked, post, Later } from '../offline/courier.js';
import { sendFile } from '../offline/tus.js';

const LOCK = 'portal-inspect-send';
const AT_ONCE = 100;
const TRIES = 3;
const JSON_TYPE = 'application/json';

/** Nobody is signed in, or somebody else is. */
export class Locked extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** Fetches what an inspection is now. Raises Later without a network, Locked without a session. */
export async function fetched(address) {
  const answer = await asked(address, { headers: { Accept: JSON_TYPE }, redirect: 'manual' });
  if (answer.type === 'opaqueredirect' || answer.status === 401) throw new Locked('signed-out');
  if (answer.status === 403 || answer.status === 404) return { state: 'denied' };
  if (answer.status !== 200 && answer.status !== 409) throw new Later('later');
  try {
    return await answer.json();
  } catch {
    throw new Later('later');
  }
}

/** Sends all that waits in the box of `owner`. `tell(what)` hears how it gets on. */
export function sendAll(box, owner, address, tell) {
  return alone(LOCK, async () => {
    for (const pack of (await box.list()).filter((one) => one.state === 'pack' && one.body)) {
      await sendOne(box, owner, pack, address, tell);
    }
  });
}

async function sendOne(box, owner, pack, address, tell) {
  const now = await fetched(address(pack.body));
  if (now.state === 'denied') {
    pack.body.denied = true;
    await box.put(pack);
    return;
  }
  if (now.owner !== owner) throw new Locked('foreign');
  pack.body = { ...pack.body, ...now, denied: false, until: Date.now() + 1000 * (now.seconds || 0) };
  if ((await box.put(pack)) === null) return;
  const waiting = async (state) => (await box.list()).filter((one) => one.state === state && one.body && one.body.inspection === pack.body.inspection);
  let answers = await waiting('answer');
  while (answers.length) {
    const some = answers.slice(0, AT_ONCE);
    tell({ state: 'sending' });
    await deliver(box, pack, some);
    answers = answers.slice(AT_ONCE);
  }
  const photos = (await waiting('photo')).filter((one) => one.body.ready);
  for (const photo of photos) await sendPhoto(box, pack, photo, (share) => tell({ state: 'photo', number: photos.indexOf(photo) + 1, all: photos.length, share }));
  const left = (await box.list()).some((one) => one.state !== 'pack' && one.body && one.body.inspection === pack.body.inspection);
  // Recorded or thrown away, and nothing of it is here any more.
  if (pack.body.state === 'over' && !left) await box.remove(pack.id);
}

async function sendPhoto(box, pack, photo, onShare) {
  // One that was sent before may have arrived though no answer came back: asked before it is sent.
  let state = photo.body.tried || pack.body.state === 'over' ? (await deliver(box, pack, [photo]))[photo.body.id] : 'missing';
  for (let tries = 0; state === 'missing' && tries < TRIES; tries += 1) {
    const { body } = photo;
    const file = { key: body.id, name: body.name, type: body.type, size: body.size };
    const { files: address, token, lang: language } = pack.body;
    const refused = await sendFile({ address, language, nonce: body.id, token, file, onShare, piece: (one) => box.piece(photo.id, body.id, one) });
    if (refused) {
      await box.put({ ...photo, state: 'unwanted', body: { ...body, words: refused } });
      return;
    }
    state = (await deliver(box, pack, [photo]))[body.id];
  }
  if (state === 'missing') throw new Later('later');
}

/** Sends entries and does what the answer says with each. Returns the answers' states by id. */
async function deliver(box, pack, items) {
  const sent = [];
  for (const item of items) {
    item.body.tried = true;
    // Replaced or deleted meanwhile: it is not sent any more.
    if ((await box.put(item)) !== null) sent.push(item);
  }
  const { inspection, token } = pack.body;
  const entries = sent.map(({ body }) => ({
    id: body.id, item: body.item, seen: body.seen, after: body.after, fields: body.fields, sha256: body.sha256, name: body.name,
    ago: Math.max(0, Math.round((Date.now() - body.at) / 1000)),
  }));
  const { status, answer } = await post(`${pack.body.sync}?lang=${pack.body.lang}`, JSON.stringify({ inspection, token, entries }), JSON_TYPE);
  if (status !== 200) throw new Later('later');
  const states = {};
  for (const item of sent) {
    const told = answer.answers[item.body.id] || { state: 'later' };
    states[item.body.id] = told.state;
    await settle(box, pack, item, told);
  }
  await box.put(pack);
  return states;
}

async function settle(box, pack, item, told) {
  const { body } = item;
  const known = pack.body.answers[body.item] || { edits: 0, photos: 0 };
  if (told.state === 'taken' || told.state === 'already') {
    if (body.kind === 'photo') {
      // The only place where a photo leaves the phone by itself.
      if (told.sha256 !== body.sha256) throw new Later('later');
      pack.body.answers[body.item] = { ...known, photos: known.photos + (told.state === 'taken' ? 1 : 0) };
    } else if (told.state === 'taken') {
      pack.body.answers[body.item] = { ...known, ...body.fields, edits: told.edits };
    }
    await box.remove(item.id);
  } else if (told.state === 'clash') {
    pack.body.answers[body.item] = told.answer;
    await box.put({ ...item, state: 'clash', body: { ...body, theirs: told.theirs, seen: told.answer.edits, after: [] } });
  } else if (told.state === 'refused') {
    const state = body.kind === 'photo' ? 'unwanted' : 'refused';
    await box.put({ ...item, state, body: { ...body, words: told.words, reason: told.reason } });
  }
}
