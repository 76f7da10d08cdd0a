import { blake2b } from '@noble/hashes/blake2.js';
import { ipText, macText } from '../text/address-text.js';
import type { Derivation } from '../schema/derivations.js';
import { ipBytes, macBytes } from '../text/address-bytes.js';
import { CryptoPan } from './crypto-pan.js';
import { RecentMap } from '../recent-map.js';

/** Values whose substitutes are remembered, and the longest of them in bytes: at most some 30 MB. */
const mostRemembered = 65_536;
const longestRemembered = 256;

/** One way to substitute the values of a column. */
export class Substitutes {
  /** What it is called in the metadata of files. */
  readonly name: string;
  readonly #substitute: (value: Uint8Array) => Uint8Array | null;
  readonly #remembered = new RecentMap<Uint8Array>(mostRemembered);

  constructor(name: string, substitute: (value: Uint8Array) => Uint8Array | null) {
    this.name = name;
    this.#substitute = substitute;
  }

  /** What stands for bytes `from` to `to` (exclusive), the same for the same bytes; null when they don't have the form that it takes. */
  of(bytes: Buffer, from: number, to: number): Uint8Array | null {
    if (to - from > longestRemembered) return this.#substitute(bytes.subarray(from, to));
    const key = bytes.toString('latin1', from, to); // one character a byte: text need not be decoded to be told apart
    let found = this.#remembered.get(key) ?? null;
    if (found === null) {
      found = this.#substitute(bytes.subarray(from, to));
      if (found !== null) this.#remembered.set(key, found);
    }
    return found;
  }
}

/** Keyed BLAKE2b of 64 bytes (RFC 7693) in hexadecimal, as nfstream's. Node's own BLAKE2 ignores a key. */
export function hashSubstitutes(given: Uint8Array): Substitutes {
  const key = Uint8Array.from(given);
  return new Substitutes('BLAKE2b-512', (value) => Buffer.from(Buffer.from(blake2b(value, { key, dkLen: 64 })).toString('hex')));
}

/** Addresses for addresses: for each form of a column. A MAC's manufacturer and the rest of it become others, the same for the same. */
export function prefixSubstitutes(key: Uint8Array): Readonly<Record<NonNullable<Derivation['form']>, Substitutes>> {
  const pan = new CryptoPan(key);
  const by = (bytesOf: (text: string) => Uint8Array | null, map: (bytes: Uint8Array) => string) =>
    new Substitutes('Crypto-PAn', (value) => {
      const bytes = bytesOf(Buffer.from(value).toString('latin1'));
      return bytes === null ? null : Buffer.from(map(bytes));
    });
  return {
    address: by(ipBytes, (bytes) => ipText(pan.address(bytes))),
    mac: by(
      (text) => macBytes(text, 6),
      (bytes) => macText(pan.mac(bytes)),
    ),
    oui: by(
      (text) => macBytes(text, 3),
      (bytes) => macText(pan.mac(bytes)),
    ),
  };
}
