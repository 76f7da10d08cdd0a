/** Bytes of a text that are told apart; what is longer is cut, and ends with an ellipsis. */
export const longestText = 512;

const ellipsis = Uint8Array.of(0xe2, 0x80, 0xa6);
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Numbers for texts in UTF-8, from 1 in the order in which they came; 0 is the empty one. Looking a text up makes no string. */
export class Texts {
  /** Number of texts, the empty one included. */
  size = 1;
  /** Bytes of all texts. */
  used = 0;
  #bytes = new Uint8Array(1 << 12);
  #starts = new Uint32Array(1 << 8);
  #hashes = new Int32Array(1 << 8);
  #table = new Int32Array(1 << 9);
  /** The text that was last found of each of some lengths and ends: most texts come again and again, and comparing costs less than hashing. */
  readonly #recent = new Int32Array(1 << 10);
  readonly #parts = new Map<number, readonly number[]>();

  /**
   * The number of the text in `bytes` from `from` to `to` (exclusive).
   * @param most texts; -1 for one that would be beyond
   */
  add(bytes: Uint8Array, from: number, to: number, most = Infinity): number {
    if (from === to) return 0;
    if (to - from > longestText) {
      const short = shortened(bytes, from);
      return this.#find(short, 0, short.length, most);
    }
    return this.#find(bytes, from, to, most);
  }

  /** The number of a string. */
  addString(text: string): number {
    const bytes = encoder.encode(text);
    return this.add(bytes, 0, bytes.length);
  }

  /** The number here of a text that has a number in others. */
  copy(others: Texts, code: number): number {
    return this.add(others.#bytes, others.#starts[code]!, others.#starts[code + 1]!);
  }

  /** The text of a number. */
  text(code: number): string {
    return code === 0 ? '' : decoder.decode(this.#bytes.subarray(this.#starts[code], this.#starts[code + 1]));
  }

  /** The numbers of what stands between the semicolons of a text. */
  partsOf(code: number): readonly number[] {
    let parts = this.#parts.get(code);
    if (parts === undefined) {
      const names = this.text(code).split(';');
      this.#parts.set(code, (parts = [...new Set(names)].filter((name) => name !== '').map((name) => this.addString(name))));
    }
    return parts;
  }

  #find(bytes: Uint8Array, from: number, to: number, most: number): number {
    const length = to - from;
    const guess = (length ^ (bytes[to - 1]! << 2) ^ (bytes[from + (length >> 1)]! << 4) ^ (bytes[from]! << 1)) & (this.#recent.length - 1);
    const recent = this.#recent[guess]!;
    if (recent !== 0 && this.#equals(recent, bytes, from, to)) return recent;
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = this.#table[slot]!;
      if (code === 0) return this.size < most ? this.#append(bytes, from, to, hash, slot) : -1;
      if (this.#hashes[code] === hash && this.#equals(code, bytes, from, to)) return (this.#recent[guess] = code);
    }
  }

  #equals(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[code]!;
    if (this.#starts[code + 1]! - start !== to - from) return false;
    for (let i = from; i < to; i++) if (this.#bytes[start + i - from] !== bytes[i]) return false;
    return true;
  }

  #append(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const code = this.size++;
    if (code + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts);
      this.#hashes = grown(this.#hashes);
    }
    while (this.used + to - from > this.#bytes.length) this.#bytes = grown(this.#bytes);
    for (let i = from; i < to; i++) this.#bytes[this.used + i - from] = bytes[i]!;
    this.#starts[code] = this.used;
    this.used += to - from;
    this.#starts[code + 1] = this.used;
    this.#hashes[code] = hash;
    this.#table[slot] = code;
    if (this.size * 2 > this.#table.length) this.#rehash();
    return code;
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    const mask = this.#table.length - 1;
    for (let code = 1; code < this.size; code++) {
      let slot = this.#hashes[code]! & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = code;
    }
  }
}

/** The beginning of a long text, in whole characters. */
function shortened(bytes: Uint8Array, from: number): Uint8Array {
  let end = from + longestText - ellipsis.length;
  while (end > from && (bytes[end]! & 0xc0) === 0x80) end--;
  const short = new Uint8Array(end - from + ellipsis.length);
  short.set(bytes.subarray(from, end));
  short.set(ellipsis, end - from);
  return short;
}

/** The same values in memory twice as long. */
export function grown<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(array: T): T {
  const next = new (array.constructor as new (length: number) => T)(array.length * 2);
  next.set(array);
  return next;
}
