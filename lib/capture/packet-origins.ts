import type { NativeOrigins } from '../../typings/native.js';

/** Numbers that a merge leaves for each packet: the place of its file in the list, its number and its offset there. */
const each = 3;

/** Bytes of a packet's origin in a slab (the engine's PacketOrigin). */
export const originBytes = each * Float64Array.BYTES_PER_ELEMENT;

/** The files of a merge, by their places. */
export interface MergedFiles {
  readonly paths: readonly string[];
  /** The engine's numbers for their names without folders. */
  readonly sources: BigUint64Array;
}

/** Where the packets of a merged batch come from, by the index that each packet had when they were merged. The addon takes one as it is. */
export class PacketOrigins implements NativeOrigins {
  readonly numbers: Float64Array;
  readonly files: MergedFiles;

  /** @param numbers three for each packet */
  constructor(numbers: Float64Array, files: MergedFiles) {
    this.numbers = numbers;
    this.files = files;
  }

  get sources(): BigUint64Array {
    return this.files.sources;
  }

  /** The same in memory of its own. */
  copy(): PacketOrigins {
    return new PacketOrigins(this.numbers.slice(), this.files);
  }

  /** The file as it was given to the source; null where it has none, and beyond what was merged: JavaScript may have written into the record. */
  file(index: number): string | null {
    return this.files.paths[this.numbers[each * index]!] || null;
  }

  /** Number of the packet in its file, from 1. */
  number(index: number): number {
    return this.numbers[each * index + 1] ?? 0;
  }

  /** Where its record begins in its file, in bytes. */
  offset(index: number): number {
    return this.numbers[each * index + 2] ?? 0;
  }
}
