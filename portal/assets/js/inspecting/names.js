// Under which names inspecting without a network keeps what it keeps on a phone.
/** How the names of the caches begin; each page has one of its own. */
export const CACHE = 'portal-inspect-';
/** The pages: of inspectors, and of units that check themselves. */
export const HOMES = ['/staff/inspecting', '/unit/own/inspecting'];
const MARK = 'portal-inspect';

/** Each account has a box of its own; no page opens that of another. */
export const boxOf = (owner) => `portal-inspect-${owner}`;

/** Who was signed in last on this phone, and whose boxes are there. */
export function mark() {
  try {
    const { holder = '', owners = [] } = JSON.parse(localStorage.getItem(MARK)) || {};
    return { holder, owners };
  } catch {
    return { holder: '', owners: [] };
  }
}

export function setMark({ holder, owners }) {
  try {
    if (owners.length) localStorage.setItem(MARK, JSON.stringify({ holder, owners }));
    else localStorage.removeItem(MARK);
  } catch {
    // Where nothing may be kept nothing is.
  }
}
