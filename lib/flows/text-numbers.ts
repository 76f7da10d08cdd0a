/** Texts that are longer are not kept: what they stand for is found out each time. */
const longestText = 64;
/** Slots that are looked at before a text counts as not kept: whoever chooses texts that fall into one slot gains nothing. */
const longestProbe = 16;

/** Bytes that a text has on average, where as many are kept as may be; with more they begin anew a little earlier. */
const usualText = 24;

/**
 * What texts stand for, as numbers, found out once for those that came lately. Texts are looked up as the UTF-8 bytes that columns hold, so that none is decoded.
 * It holds at most as many as it was told, and then begins anew.
 */
export class TextNumbers {
  readonly #make: (bytes: Uint8Array, from: number, to: number) => number;
  readonly #seed = process.getBuiltinModule('node:crypto').randomInt(2 ** 31);
  readonly #mask: number;
  readonly #limit: number;
  /** For each slot the hash of a text, and where it stands, 0 for nowhere. */
  readonly #slots: Int32Array;
  readonly #numbers: Float64Array;
  /** The length of each text, and its bytes. */
  readonly #texts: Uint8Array;
  #size = 0;
  #end = 1;

  /** @param limit how many texts are kept, a power of two, @param make finds out what a text stands for */
  constructor(limit: number, make: (bytes: Uint8Array, from: number, to: number) => number) {
    const slots = 2 * limit;
    this.#make = make;
    this.#limit = limit;
    this.#mask = slots - 1;
    this.#slots = new Int32Array(2 * slots);
    this.#numbers = new Float64Array(slots);
    this.#texts = new Uint8Array(1 + limit * usualText);
  }

  /** What the text in these bytes stands for. */
  of(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    if (length > longestText) return this.#make(bytes, from, to);
    let hash = this.#seed;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    hash ^= hash >>> 15;
    const slots = this.#slots;
    let slot = hash & this.#mask;
    for (let probe = 0; probe < longestProbe; probe++) {
      const place = slots[2 * slot + 1]!;
      if (place === 0) return this.#keep(slot, hash, bytes, from, to);
      if (slots[2 * slot] === hash && this.#isAt(place, bytes, from, to)) return this.#numbers[slot]!;
      slot = (slot + 1) & this.#mask;
    }
    return this.#make(bytes, from, to);
  }

  #isAt(place: number, bytes: Uint8Array, from: number, to: number): boolean {
    const texts = this.#texts;
    if (texts[place] !== to - from) return false;
    for (let at = from, other = place + 1; at < to; at++, other++) if (texts[other] !== bytes[at]) return false;
    return true;
  }

  #keep(free: number, hash: number, bytes: Uint8Array, from: number, to: number): number {
    const made = this.#make(bytes, from, to);
    let slot = free;
    if (this.#size === this.#limit || this.#end + 1 + to - from > this.#texts.length) {
      this.#slots.fill(0);
      this.#size = 0;
      this.#end = 1;
      slot = hash & this.#mask;
    }
    this.#size++;
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = this.#end;
    this.#numbers[slot] = made;
    this.#texts[this.#end++] = to - from;
    for (let at = from; at < to; at++) this.#texts[this.#end++] = bytes[at]!;
    return made;
  }
}
