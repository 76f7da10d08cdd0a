import type { TextColumn } from '../flows/columns.js';
import type { Held } from './held.js';

/** No piece. */
export const noPiece = -1;

/**
 * The newest piece of each flow that may go on, by its key. Keys stay where they are, in batches that are held; here are their hashes, whose seed no file can know: none can choose keys that
 * collide.
 */
export class OpenPieces {
  /** How many there are. */
  size = 0;
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  /** The first piece of each hash, and the next one behind each. */
  #heads = new Int32Array(1024).fill(noPiece);
  #next = new Int32Array(1024);
  #hashes = new Int32Array(1024);
  #rows = new Int32Array(1024);
  #lastMs = new Float64Array(1024);
  #captures = new Int32Array(1024);
  readonly #held: (Held | null)[] = [];
  /** Places without a piece, one behind the other. */
  #free = noPiece;

  /** The hash of the key in a row. */
  hashOf({ offsets, bytes }: TextColumn, row: number): number {
    let at = offsets[row]!;
    const end = offsets[row + 1]!;
    let hash = this.#seed ^ (end - at);
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  /** The piece of a row's key; {@link noPiece} without one. */
  find(hash: number, key: TextColumn, row: number): number {
    for (let piece = this.#heads[hash & (this.#heads.length - 1)]!; piece !== noPiece; piece = this.#next[piece]!)
      if (this.#hashes[piece] === hash && sameKey(this.#held[piece]!.own.key, this.#rows[piece]!, key, row)) return piece;
    return noPiece;
  }

  /** @param lastMs the time of its last packet, in whole milliseconds, as timeouts compare it; @param capture which capture it is from, counted */
  add(hash: number, held: Held, row: number, lastMs: number, capture: number): void {
    let piece = this.#free;
    if (piece === noPiece) {
      piece = this.#held.length;
      if (piece === this.#rows.length) this.#grow();
    } else this.#free = this.#next[piece]!;
    this.#held[piece] = held;
    this.#hashes[piece] = hash;
    this.#rows[piece] = row;
    this.#lastMs[piece] = lastMs;
    this.#captures[piece] = capture;
    this.#link(piece);
    this.size++;
  }

  remove(piece: number): void {
    const slot = this.#hashes[piece]! & (this.#heads.length - 1);
    if (this.#heads[slot] === piece) this.#heads[slot] = this.#next[piece]!;
    else {
      let before = this.#heads[slot]!;
      while (this.#next[before] !== piece) before = this.#next[before]!;
      this.#next[before] = this.#next[piece]!;
    }
    this.#held[piece] = null;
    this.#next[piece] = this.#free;
    this.#free = piece;
    this.size--;
  }

  held(piece: number): Held {
    return this.#held[piece]!;
  }
  row(piece: number): number {
    return this.#rows[piece]!;
  }
  lastMs(piece: number): number {
    return this.#lastMs[piece]!;
  }
  capture(piece: number): number {
    return this.#captures[piece]!;
  }

  /** Every piece; the one that is given may be removed. */
  *[Symbol.iterator](): Generator<number, undefined> {
    for (let piece = 0; piece < this.#held.length; piece++) if (this.#held[piece] !== null) yield piece;
    return undefined;
  }

  #link(piece: number): void {
    const slot = this.#hashes[piece]! & (this.#heads.length - 1);
    this.#next[piece] = this.#heads[slot]!;
    this.#heads[slot] = piece;
  }

  #grow(): void {
    const size = 2 * this.#rows.length;
    const more = (of: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size);
      grown.set(of);
      return grown;
    };
    this.#next = more(this.#next);
    this.#hashes = more(this.#hashes);
    this.#rows = more(this.#rows);
    this.#captures = more(this.#captures);
    const lastMs = new Float64Array(size);
    lastMs.set(this.#lastMs);
    this.#lastMs = lastMs;
    this.#heads = new Int32Array(size).fill(noPiece);
    // No place is free when there is none left.
    for (let piece = 0; piece < this.#held.length; piece++) this.#link(piece);
  }
}

function sameKey(one: TextColumn, oneRow: number, other: TextColumn, otherRow: number): boolean {
  let at = one.offsets[oneRow]!;
  let to = other.offsets[otherRow]!;
  const end = one.offsets[oneRow + 1]!;
  if (end - at !== other.offsets[otherRow + 1]! - to) return false;
  while (at < end) if (one.bytes[at++] !== other.bytes[to++]) return false;
  return true;
}
