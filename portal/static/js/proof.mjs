// The proof of work, as portal/web/lanes.py tells it.

const toBytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (number, digits) => number.toString(16).padStart(digits, "0");

export async function solve(challenge) {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const settings = { name: "PBKDF2", hash: "SHA-256", salt: toBytes(salt), iterations: cost };
  for (let counter = 0; ; counter += 1) {
    const password = toBytes(nonce + toHex(counter, 8));
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const bits = new Uint8Array(await crypto.subtle.deriveBits(settings, key, keyLength * 8));
    const derivedKey = Array.from(bits, (byte) => toHex(byte, 2)).join("");
    if (derivedKey.startsWith(keyPrefix)) return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
  }
}
