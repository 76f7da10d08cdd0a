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
  readonly #places = new Map<string, Buffer>();
  readonly #texts: Buffer[] = [];
  #size = 0;
  #last: string | null = null;
  #lastBytes: Buffer = Buffer.alloc(0);

  add(text: string): void {
    if (text !== this.#last) {
      this.#last = text;
      const known = this.#places.get(text);
      this.#lastBytes = known ?? Buffer.from(text);
      if (known === undefined) this.#places.set(text, this.#lastBytes);
    }
    this.#texts.push(this.#lastBytes);
    this.#size += this.#lastBytes.length;
  }

  column(): TextColumn {
    const offsets = new Int32Array(this.#texts.length + 1);
    const bytes = new Uint8Array(this.#size);
    this.#texts.forEach((text, row) => {
      if (text.length > 0) bytes.set(text, offsets[row]!);
      offsets[row + 1] = offsets[row]! + text.length;
    });
    return { type: 'text', offsets, bytes, valid: null };
  }
}
