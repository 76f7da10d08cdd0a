import { valueAt, type IntColumn, type TextColumn } from '../flows/columns.js';

/** The text of a row; '' where it is null. */
export function textAt(column: TextColumn, row: number): string {
  return valueAt({ ...column, valid: null }, row) as string;
}

/** How many rows from this one on, up to `end` (exclusive), have the same text as it. */
export function sameTexts({ offsets, bytes }: TextColumn, row: number, end: number): number {
  const begin = offsets[row]!;
  const size = offsets[row + 1]! - begin;
  let last = row + 1;
  while (last < end && offsets[last + 1]! - offsets[last]! === size) last++;
  const all = last - row;
  // All are the same where each has the bytes of the one before.
  if (size === 0 || Buffer.compare(bytes.subarray(begin, begin + size * (all - 1)), bytes.subarray(begin + size, begin + size * all)) === 0) return all;
  let same = 1;
  for (; same < all; same++) for (let at = 0; at < size; at++) if (bytes[begin + at] !== bytes[begin + size * same + at]) return same;
  return same;
}

/** How many rows from this one on, up to `end` (exclusive), have the same integer as it. */
export function sameInts({ halves }: IntColumn, row: number, end: number): number {
  const low = halves[2 * row];
  const high = halves[2 * row + 1];
  let last = row + 1;
  while (last < end && halves[2 * last] === low && halves[2 * last + 1] === high) last++;
  return last - row;
}

/** Texts up to so many bytes are copied faster by hand than by a call. */
const fewBytes = 64;

/** Texts of which most are the same, as a column. */
export class TextsBuilder {
  readonly #offsets: Int32Array;
  readonly #runs: { readonly text: Uint8Array; count: number }[] = [];
  #row = 0;

  /** @param rows how many there will be */
  constructor(rows: number) {
    this.#offsets = new Int32Array(rows + 1);
  }

  /** The text of the next `count` rows, in UTF-8. */
  add(text: Uint8Array, count: number): void {
    const last = this.#runs.at(-1);
    if (last?.text === text) last.count += count;
    else this.#runs.push({ text, count });
    const begin = this.#offsets[this.#row]!;
    for (let at = 1; at <= count; at++) this.#offsets[this.#row + at] = begin + at * text.length;
    this.#row += count;
  }

  column(): TextColumn {
    const bytes = new Uint8Array(this.#offsets[this.#row]!);
    const buffer = Buffer.from(bytes.buffer);
    let to = 0;
    for (const { text, count } of this.#runs) {
      const end = to + text.length * count;
      if (end - to > fewBytes) {
        if (count === 1) bytes.set(text, to);
        else buffer.fill(text, to, end);
      } else for (let at = 0; to + at < end; at++) bytes[to + at] = text[at % text.length]!;
      to = end;
    }
    return { type: 'text', offsets: this.#offsets, bytes, valid: null };
  }
}
