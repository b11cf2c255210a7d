// SHA-256 of a short ASCII text, in hex. Own code, since crypto.subtle is missing on plain addresses
// and is slower than this for thousands of small texts.
const ROOTS = [];
const START = [];

// The first 32 bits behind the point of the cube and square roots of the first primes.
for (let n = 2; ROOTS.length < 64; n += 1) {
  let prime = true;
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (START.length < 8) START.push(fraction(Math.pow(n, 1 / 2)));
  ROOTS.push(fraction(Math.pow(n, 1 / 3)));
}

function fraction(root) {
  return ((root - Math.floor(root)) * 0x100000000) | 0;
}

const words = new Int32Array(64);

export function sha256(text) {
  const length = text.length;
  const blocks = ((length + 8) >> 6) + 1;
  const state = START.slice();
  for (let block = 0; block < blocks; block += 1) {
    for (let i = 0; i < 16; i += 1) {
      let word = 0;
      for (let j = 0; j < 4; j += 1) {
        const at = block * 64 + i * 4 + j;
        word = (word << 8) | (at < length ? text.charCodeAt(at) & 255 : at === length ? 128 : 0);
      }
      words[i] = word;
    }
    if (block === blocks - 1) words[15] = length * 8;
    mix(state);
  }
  let hex = '';
  for (const word of state) hex += ('0000000' + (word >>> 0).toString(16)).slice(-8);
  return hex;
}

function mix(state) {
  for (let i = 16; i < 64; i += 1) {
    const x = words[i - 15];
    const y = words[i - 2];
    const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROOTS[i] + words[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0; });
}

function turn(word, by) {
  return (word >>> by) | (word << (32 - by));
}
