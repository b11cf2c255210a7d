// Sixteen bytes by the device's own chance, in hex: a report's nonce, a file's key.
const BYTES = 16;

export function drawn() {
  return [...crypto.getRandomValues(new Uint8Array(BYTES))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
