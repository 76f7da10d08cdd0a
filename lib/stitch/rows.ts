import { gatherColumn, intColumn, listColumn, type FlowColumn, type IntColumn, type ListColumn, type TextColumn } from '../flows/columns.js';

/** Rows of several batches, in an order of their own. */
export interface Rows {
  /** For each row, which of the sources it is from. */
  readonly from: Uint32Array;
  readonly rows: Uint32Array;
}

/** A column of rows of several columns of one type. */
export function pickRows(sources: readonly FlowColumn[], { from, rows }: Rows): FlowColumn {
  const [first] = sources as [FlowColumn];
  if (sources.length === 1) return gatherColumn(first, rows);
  const valid = sources.every((source) => source.valid === null) ? null : Uint8Array.from(rows, (row, i) => sources[from[i]!]!.valid?.[row] ?? 1);
  switch (first.type) {
    case 'int':
      return pickInts(sources as readonly IntColumn[], { from, rows }, valid);
    case 'float': {
      const values = (sources as readonly (typeof first)[]).map((source) => source.values);
      return { type: 'float', values: Float64Array.from(rows, (row, i) => values[from[i]!]![row]!), valid };
    }
    case 'text':
      return pickTexts(sources as readonly TextColumn[], { from, rows }, valid);
    case 'list':
      return pickLists(sources as readonly ListColumn[], { from, rows }, valid);
  }
}

function pickInts(sources: readonly IntColumn[], { from, rows }: Rows, valid: Uint8Array | null): IntColumn {
  const picked = intColumn(new BigInt64Array(rows.length), valid, sources[0]!.bigint);
  for (let i = 0; i < rows.length; i++) {
    const { halves } = sources[from[i]!]!;
    picked.halves[2 * i] = halves[2 * rows[i]!]!;
    picked.halves[2 * i + 1] = halves[2 * rows[i]! + 1]!;
  }
  return picked;
}

function pickTexts(sources: readonly TextColumn[], { from, rows }: Rows, valid: Uint8Array | null): TextColumn {
  const offsets = new Int32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    const source = sources[from[i]!]!;
    offsets[i + 1] = offsets[i]! + source.offsets[rows[i]! + 1]! - source.offsets[rows[i]!]!;
  }
  const bytes = new Uint8Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    const source = sources[from[i]!]!;
    const [begin, end] = [source.offsets[rows[i]!]!, source.offsets[rows[i]! + 1]!];
    // Most texts are short, and copied faster by hand than by a call.
    if (end - begin > 40) bytes.set(source.bytes.subarray(begin, end), offsets[i]!);
    else for (let at = begin, to = offsets[i]!; at < end; at++) bytes[to++] = source.bytes[at]!;
  }
  return { type: 'text', offsets, bytes, valid };
}

function pickLists(sources: readonly ListColumn[], { from, rows }: Rows, valid: Uint8Array | null): ListColumn {
  const { items, size, bigint } = sources[0]!;
  const picked = new (items.constructor as new (length: number) => ListColumn['items'])(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    const source = sources[from[i]!]!;
    picked.set(source.items.subarray(rows[i]! * size, (rows[i]! + 1) * size) as Int32Array & BigInt64Array, i * size);
  }
  return listColumn(picked, size, valid, bigint);
}
