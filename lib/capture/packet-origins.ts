/** Numbers that a merge leaves for each packet: the place of its file in the list, its number and its offset there. */
const each = 3;

/** Bytes of a packet's origin in a slab (the engine's PacketOrigin). */
export const originBytes = each * Float64Array.BYTES_PER_ELEMENT;

/** Where the packets of a merged batch come from, by the index that each packet had when they were merged. */
export class PacketOrigins {
  readonly #numbers: Float64Array;
  readonly #files: readonly string[];

  /** @param numbers three for each packet, @param files the files by their places */
  constructor(numbers: Float64Array, files: readonly string[]) {
    this.#numbers = numbers;
    this.#files = files;
  }

  /** What another is made of, in memory of its own. */
  parts(): { numbers: Float64Array; files: readonly string[] } {
    return { numbers: this.#numbers.slice(), files: this.#files };
  }

  /** The same in memory of its own. */
  copy(): PacketOrigins {
    return new PacketOrigins(this.#numbers.slice(), this.#files);
  }

  /** The file as it was given to the source; null beyond what was merged: JavaScript may have written into the record. */
  file(index: number): string | null {
    return this.#files[this.#numbers[each * index]!] ?? null;
  }

  /** Number of the packet in its file, from 1. */
  number(index: number): number {
    return this.#numbers[each * index + 1] ?? 0;
  }

  /** Where its record begins in its file, in bytes. */
  offset(index: number): number {
    return this.#numbers[each * index + 2] ?? 0;
  }
}
