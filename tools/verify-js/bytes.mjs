// Bytes, hashes and signatures with nothing but the platform: node 18 and later, and browsers whose
// WebCrypto knows Ed25519.

const webcrypto = globalThis.crypto ?? (await import("node:crypto")).webcrypto;
const encoder = new TextEncoder();

export const ascii = (text) => encoder.encode(text);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const equal = (one, other) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

export const toHex = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Lower-case hexadecimal to bytes; throws on anything else. */
export function fromHex(text, size) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) {
    throw new Error("is not lower-case hexadecimal");
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; ++at) bytes[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  if (size !== undefined && bytes.length !== size) throw new Error(`is not ${size} bytes`);
  return bytes;
}

export async function sha256(...parts) {
  return new Uint8Array(await webcrypto.subtle.digest("SHA-256", concat(...parts)));
}

/** Reads the encoding of protocol/codec/wire.hpp: minimal varints, bounded lengths, no rest. */
export class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  fixed(size) {
    if (this.#at + size > this.#bytes.length) throw new Error("ends inside a field");
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  u8() {
    return this.fixed(1)[0];
  }

  varint() {
    let number = 0;
    for (let place = 1; ; place *= 128) {
      const byte = this.u8();
      number += (byte & 0x7f) * place;
      if (!Number.isSafeInteger(number)) throw new Error("holds a number above 2^53 - 1");
      if (byte < 0x80) {
        if (byte === 0 && place > 1) throw new Error("holds a number that is not minimal");
        return number;
      }
    }
  }

  bytes(sizeMax) {
    const size = this.varint();
    if (size > sizeMax) throw new Error("holds a part that is too long");
    return this.fixed(size);
  }

  end() {
    if (this.#at !== this.#bytes.length) throw new Error("goes on after its end");
  }
}

export function varint(number) {
  const bytes = [];
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push((number % 128) + 128);
  return Uint8Array.of(...bytes, number);
}

export const lengthPrefixed = (bytes) => concat(varint(bytes.length), bytes);

// --- signatures: the platform's Ed25519 and the prechecks that make all verifiers agree

const kPrime = 2n ** 255n - 19n;
const kOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const littleEndian = (bytes) => BigInt("0x" + (toHex(Uint8Array.from(bytes).reverse()) || "0"));
const kSmallOrder = new Set([
  0n,
  1n,
  kPrime - 1n,
  littleEndian(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
  littleEndian(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
]);

/** A point's y without the sign bit: canonical, and of none of the small orders. */
function isAcceptablePoint(encoded) {
  const y = Uint8Array.from(encoded);
  y[31] &= 0x7f;
  const number = littleEndian(y);
  return number < kPrime && !kSmallOrder.has(number);
}

export const isAcceptableKey = (key) => key.length === 32 && isAcceptablePoint(key);

export async function verifySignature(key, message, signature) {
  if (!isAcceptableKey(key) || signature.length !== 64) return false;
  if (littleEndian(signature.subarray(32)) >= kOrder) return false;
  if (!isAcceptablePoint(signature.subarray(0, 32))) return false;
  try {
    const imported = await webcrypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await webcrypto.subtle.verify("Ed25519", imported, signature, message);
  } catch (error) {
    if (error.name === "DataError") return false; // no point of the curve
    throw error;
  }
}
