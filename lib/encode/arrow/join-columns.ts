import { columnLength, intColumn, listColumn, type FlowColumn, type IntColumn, type ListColumn, type TextColumn } from '../../flows/columns.js';

/** One column with the rows of several of its kind, in new memory. */
export function joinColumn(parts: readonly FlowColumn[]): FlowColumn {
  const valid = joinValid(parts);
  switch (parts[0]!.type) {
    case 'int': {
      const joined = intColumn(new BigInt64Array(totalRows(parts)), valid, (parts[0] as IntColumn).bigint);
      append(
        joined.halves,
        parts.map((part) => (part as IntColumn).halves),
      );
      return joined;
    }
    case 'float': {
      const values = new Float64Array(totalRows(parts));
      append(
        values,
        parts.map((part) => (part as { values: Float64Array }).values),
      );
      return { type: 'float', values, valid };
    }
    case 'text':
      return joinText(parts as TextColumn[], valid);
    case 'list': {
      const lists = parts as ListColumn[];
      const { items, size, bigint } = lists[0]!;
      const joined = new (items.constructor as new (length: number) => Int32Array)(totalRows(parts) * size);
      append(
        joined,
        lists.map((part) => part.items as Int32Array),
      );
      return listColumn(joined, size, valid, bigint);
    }
  }
}

function joinText(parts: readonly TextColumn[], valid: Uint8Array | null): TextColumn {
  const offsets = new Int32Array(totalRows(parts) + 1);
  const texts = parts.map((part) => part.bytes.subarray(part.offsets[0]!, part.offsets.at(-1)!));
  let row = 0;
  let size = 0;
  parts.forEach((part, index) => {
    const shift = size - part.offsets[0]!;
    for (let i = 1; i < part.offsets.length; i++) offsets[++row] = part.offsets[i]! + shift;
    size += texts[index]!.length;
  });
  return { type: 'text', offsets, bytes: Buffer.concat(texts), valid };
}

function joinValid(parts: readonly FlowColumn[]): Uint8Array | null {
  if (parts.every((part) => part.valid === null)) return null;
  const valid = new Uint8Array(totalRows(parts));
  append(
    valid,
    parts.map((part) => part.valid ?? new Uint8Array(columnLength(part)).fill(1)),
  );
  return valid;
}

function totalRows(parts: readonly FlowColumn[]): number {
  return parts.reduce((total, part) => total + columnLength(part), 0);
}

function append<A extends { set(values: A, at: number): void; readonly length: number }>(whole: A, parts: readonly A[]): void {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
}
