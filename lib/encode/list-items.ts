import type { ListColumn } from '../flows/columns.js';
import type { ByteWriter } from '../byte-writer.js';
import { numberRoom, putInt } from './numbers.js';

const [open, close, comma, space, quote] = Buffer.from('[], "') as unknown as readonly [number, number, number, number, number];

/** Writes a row's list in brackets. `spaced`: a space behind each comma, as Python's repr has; `asText`: each item as a string of JSON. */
export function putList(out: ByteWriter, { items, halves, size }: ListColumn, row: number, spaced: boolean, asText = false): void {
  out.reserve(numberRoom);
  out.byte(open);
  for (let i = row * size; i < (row + 1) * size; i++) {
    out.reserve(numberRoom);
    if (i > row * size) {
      out.byte(comma);
      if (spaced) out.byte(space);
    }
    if (asText) out.byte(quote);
    if (halves !== null) putInt(out, halves[2 * i]!, halves[2 * i + 1]!);
    else putInt(out, items[i] as number, (items[i] as number) < 0 ? -1 : 0);
    if (!asText) continue;
    out.reserve(1);
    out.byte(quote);
  }
  out.reserve(numberRoom);
  out.byte(close);
}
