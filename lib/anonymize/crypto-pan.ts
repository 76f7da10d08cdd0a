import type { Cipher } from 'node:crypto';

const blockBytes = 16;

/**
 * Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, 2002) with AES-128: two addresses that have their first n bits in
 * common have their first n bits in common afterwards, and no more. It maps addresses one to one.
 */
export class CryptoPan {
  readonly #cipher: Cipher;
  readonly #addressPad: Uint8Array;
  readonly #macPad: Uint8Array;

  /** @param key 32 bytes: the key of AES, and what the padding is made of */
  constructor(key: Uint8Array) {
    this.#cipher = process.getBuiltinModule('node:crypto').createCipheriv('aes-128-ecb', key.subarray(0, blockBytes), null).setAutoPadding(false);
    this.#addressPad = this.#cipher.update(key.subarray(blockBytes, 2 * blockBytes));
    // Another padding for hardware addresses: one that begins like an IP address shall not end up like it.
    this.#macPad = this.#cipher.update(this.#addressPad);
  }

  /** An IPv4 (4 bytes) or IPv6 address (16 bytes). */
  address(bytes: Uint8Array): Uint8Array {
    return this.#map(bytes, this.#addressPad);
  }

  /** A hardware address (6 bytes) or its first bytes, which become the first bytes of what the whole one becomes. */
  mac(bytes: Uint8Array): Uint8Array {
    return this.#map(bytes, this.#macPad);
  }

  /** Bit i is turned over when the first bit of the encrypted (bits before i, rest of the padding) is 1. */
  #map(bytes: Uint8Array, pad: Uint8Array): Uint8Array {
    const bits = 8 * bytes.length;
    const blocks = Buffer.alloc(bits * blockBytes);
    const block = Uint8Array.from(pad);
    for (let bit = 0; bit < bits; bit++) {
      blocks.set(block, bit * blockBytes);
      const mask = 0x80 >> (bit & 7);
      block[bit >> 3] = (block[bit >> 3]! & ~mask) | (bytes[bit >> 3]! & mask);
    }
    const encrypted = this.#cipher.update(blocks);
    const mapped = Uint8Array.from(bytes);
    for (let bit = 0; bit < bits; bit++) mapped[bit >> 3]! ^= (encrypted[bit * blockBytes]! >> 7) << (7 - (bit & 7));
    return mapped;
  }
}
