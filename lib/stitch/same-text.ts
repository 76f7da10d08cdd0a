import type { FlowBatch } from '../flows/flow-batch.js';
import { valueAt, type TextColumn } from '../flows/columns.js';

/** Reads a text column whose rows mostly say the same: a text is decoded only where it is another one than before. */
export class SameText {
  readonly #index: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #text = '';

  /** @param index of the column in each batch */
  constructor(index: number) {
    this.#index = index;
  }

  /** The text of a row; '' where it is null. */
  read(batch: FlowBatch, row: number): string {
    const column = batch.columns[this.#index] as TextColumn;
    const { offsets, bytes } = column;
    const begin = offsets[row]!;
    const size = offsets[row + 1]! - begin;
    const known = this.#bytes;
    let same = size === known.length;
    for (let i = 0; same && i < size; i++) same = bytes[begin + i] === known[i];
    if (!same) {
      this.#bytes = bytes.slice(begin, begin + size);
      this.#text = valueAt({ ...column, valid: null }, row) as string;
    }
    return this.#text;
  }
}

/** Texts of which most are the same, as a column. */
export class TextsBuilder {
  readonly #offsets: Int32Array;
  readonly #places = new Map<string, Buffer>();
  readonly #runs: { readonly text: Buffer; readonly count: number }[] = [];
  #row = 0;

  /** @param rows how many there will be */
  constructor(rows: number) {
    this.#offsets = new Int32Array(rows + 1);
  }

  /** The text of the next `count` rows. */
  add(text: string, count: number): void {
    let bytes = this.#places.get(text);
    if (bytes === undefined) this.#places.set(text, (bytes = Buffer.from(text)));
    this.#runs.push({ text: bytes, count });
    const begin = this.#offsets[this.#row]!;
    for (let at = 1; at <= count; at++) this.#offsets[this.#row + at] = begin + at * bytes.length;
    this.#row += count;
  }

  column(): TextColumn {
    const bytes = Buffer.alloc(this.#offsets[this.#row]!);
    let at = 0;
    for (const { text, count } of this.#runs) {
      const size = text.length * count;
      if (count === 1) bytes.set(text, at);
      else if (size > 0) bytes.fill(text, at, at + size);
      at += size;
    }
    return { type: 'text', offsets: this.#offsets, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), valid: null };
  }
}
