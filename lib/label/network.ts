import { ipBytes } from '../text/address-bytes.js';

/** An address, or those that begin alike. */
export interface Network {
  /** 4 or 16 bytes; those behind the prefix are 0. */
  readonly bytes: Uint8Array;
  /** Bits that are alike. */
  readonly prefix: number;
}

/** The network of a text such as `10.0.0.0/8`, `2001:db8::/32` or `10.0.0.1`; null when it is none. */
export function networkOf(text: string): Network | null {
  const [, address, bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = address === undefined ? null : ipBytes(address);
  if (bytes === null) return null;
  const prefix = bits === undefined ? 8 * bytes.length : Number(bits);
  return prefix > 8 * bytes.length ? null : { bytes: masked(bytes, prefix), prefix };
}

/** The address with all bits behind the prefix 0. */
function masked(bytes: Uint8Array, prefix: number): Uint8Array {
  return bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * index))));
}

/**
 * Networks by number, and which of them is the narrowest that an address is in. Networks lie in each other or apart, so that it tells all that the address is in.
 * Number 0 is every address, and what is no address.
 */
export class Networks {
  readonly #byKey = new Map<string, number>();
  /** By family, the prefixes that networks have. */
  readonly #prefixes: Readonly<Record<4 | 16, Set<number>>> = { 4: new Set(), 16: new Set() };
  readonly #networks: (Network | null)[] = [null];

  get size(): number {
    return this.#networks.length;
  }

  /** The number of a network, a new one for one that was not there. */
  add(network: Network): number {
    const key = keyOf(network.bytes, network.prefix);
    let number = this.#byKey.get(key);
    if (number === undefined) {
      this.#byKey.set(key, (number = this.#networks.length));
      this.#networks.push(network);
      this.#prefixes[network.bytes.length as 4 | 16].add(network.prefix);
    }
    return number;
  }

  /** The number of the narrowest network that an address is in. */
  narrowest(address: Uint8Array): number {
    return this.#narrowest(address, Infinity);
  }

  /** The networks that a network is in: itself, those around it, and number 0. */
  around(number: number): readonly number[] {
    const all: number[] = [];
    for (let at = number; at !== 0; at = this.#narrowest(this.#networks[at]!.bytes, this.#networks[at]!.prefix)) all.push(at);
    return [...all, 0];
  }

  #narrowest(address: Uint8Array, below: number): number {
    let [found, longest] = [0, -1];
    for (const prefix of this.#prefixes[address.length as 4 | 16]) {
      if (prefix >= below || prefix <= longest) continue;
      const number = this.#byKey.get(keyOf(masked(address, prefix), prefix));
      if (number !== undefined) [found, longest] = [number, prefix];
    }
    return found;
  }
}

function keyOf(bytes: Uint8Array, prefix: number): string {
  return `${bytes.join('.')}/${prefix}`;
}
