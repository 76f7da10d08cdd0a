import type { ListColumn } from '../flows/columns.js';
import type { ByteWriter } from '../byte-writer.js';
import { numberRoom, putInt } from './numbers.js';

const [open, close, comma, space] = Buffer.from('[], ') as unknown as readonly [number, number, number, number];

/** Writes a row's list in brackets. `spaced`: a space behind each comma, as Python's repr has. */
export function putList(out: ByteWriter, { items, size }: ListColumn, row: number, spaced: boolean): void {
  out.reserve(numberRoom);
  out.byte(open);
  for (let i = row * size; i < (row + 1) * size; i++) {
    out.reserve(numberRoom);
    if (i > row * size) {
      out.byte(comma);
      if (spaced) out.byte(space);
    }
    putItem(out, items, i);
  }
  out.reserve(numberRoom);
  out.byte(close);
}

function putItem(out: ByteWriter, items: ListColumn['items'], at: number): void {
  if (items instanceof BigInt64Array) {
    const value = items[at]!;
    putInt(out, Number(BigInt.asIntN(32, value)), Number(value >> 32n));
    return;
  }
  const value = items[at]!;
  putInt(out, value, value < 0 ? -1 : 0);
}
