import { intColumn, listColumn, sliceColumn, type FlowColumn, type IntColumn, type ListColumn, type TextColumn } from '../flows/columns.js';

/** Rows of one of several sources that stand one behind the other there. */
export interface Run {
  /** Which of the sources. */
  readonly source: number;
  /** The first of its rows. */
  readonly row: number;
  readonly count: number;
}

/** A column of runs of rows of several columns of one type; over the memory of the source where there is one run alone. */
export function pickRows(sources: readonly FlowColumn[], runs: readonly Run[], length: number): FlowColumn {
  if (runs.length === 1) return sliceColumn(sources[runs[0]!.source]!, runs[0]!.row, runs[0]!.row + length);
  const [first] = sources as [FlowColumn];
  const valid = pickValid(sources, runs, length);
  switch (first.type) {
    case 'int':
      return pickInts(sources as readonly IntColumn[], runs, length, valid);
    case 'float':
      return { type: 'float', values: pickValues(sources as readonly (typeof first)[], runs, new Float64Array(length)), valid };
    case 'text':
      return pickTexts(sources as readonly TextColumn[], runs, length, valid);
    case 'list':
      return pickLists(sources as readonly ListColumn[], runs, length, valid);
  }
}

/** Runs up to so many rows are copied faster by hand than by a call. */
const fewRows = 8;
/** Texts up to so many bytes, likewise. */
const fewBytes = 40;

function pickValid(sources: readonly FlowColumn[], runs: readonly Run[], length: number): Uint8Array | null {
  if (sources.every((source) => source.valid === null)) return null;
  const picked = new Uint8Array(length).fill(1);
  let at = 0;
  for (const { source, row, count } of runs) {
    const { valid } = sources[source]!;
    if (valid !== null) picked.set(valid.subarray(row, row + count), at);
    at += count;
  }
  return picked;
}

function pickInts(sources: readonly IntColumn[], runs: readonly Run[], length: number, valid: Uint8Array | null): IntColumn {
  const picked = intColumn(new BigInt64Array(length), valid, sources[0]!.bigint);
  let to = 0;
  for (const { source, row, count } of runs) {
    const { halves, values } = sources[source]!;
    if (count > fewRows) picked.values.set(values.subarray(row, row + count), to);
    else for (let at = 0; at < 2 * count; at++) picked.halves[2 * to + at] = halves[2 * row + at]!;
    to += count;
  }
  return picked;
}

function pickValues(sources: readonly { readonly values: Float64Array }[], runs: readonly Run[], picked: Float64Array): Float64Array {
  let to = 0;
  for (const { source, row, count } of runs) {
    const { values } = sources[source]!;
    if (count > fewRows) picked.set(values.subarray(row, row + count), to);
    else for (let at = 0; at < count; at++) picked[to + at] = values[row + at]!;
    to += count;
  }
  return picked;
}

function pickTexts(sources: readonly TextColumn[], runs: readonly Run[], length: number, valid: Uint8Array | null): TextColumn {
  const offsets = new Int32Array(length + 1);
  let to = 0;
  for (const { source, row, count } of runs) {
    const { offsets: own } = sources[source]!;
    const shift = offsets[to]! - own[row]!;
    for (let at = 1; at <= count; at++) offsets[to + at] = own[row + at]! + shift;
    to += count;
  }
  const bytes = new Uint8Array(offsets[length]!);
  to = 0;
  for (const { source, row, count } of runs) {
    const { offsets: own, bytes: from } = sources[source]!;
    const [begin, end] = [own[row]!, own[row + count]!];
    if (end - begin > fewBytes) bytes.set(from.subarray(begin, end), offsets[to]!);
    else for (let at = begin, next = offsets[to]!; at < end; at++) bytes[next++] = from[at]!;
    to += count;
  }
  return { type: 'text', offsets, bytes, valid };
}

function pickLists(sources: readonly ListColumn[], runs: readonly Run[], length: number, valid: Uint8Array | null): ListColumn {
  const { items, size, bigint } = sources[0]!;
  const picked = new (items.constructor as new (length: number) => ListColumn['items'])(length * size);
  let to = 0;
  for (const { source, row, count } of runs) {
    picked.set(sources[source]!.items.subarray(row * size, (row + count) * size) as Int32Array & BigInt64Array, to * size);
    to += count;
  }
  return listColumn(picked, size, valid, bigint);
}
