import {
  columnLength,
  gatherColumn,
  intColumn,
  listColumn,
  sliceColumn,
  type FlowColumn,
  type IntColumn,
  type ListColumn,
  type TextColumn,
} from '../flows/columns.js';

/** Rows of several sources in some order, told as runs of rows that stand one behind the other there. */
export class Picks {
  /** How many rows. */
  length = 0;
  /** How many runs. */
  runs = 0;
  /** Of each run which of the sources, the first of its rows, and how many. */
  sources = new Int32Array(64);
  rows = new Int32Array(64);
  counts = new Int32Array(64);
  #each: Int32Array | null = null;

  add(source: number, row: number, count: number): void {
    const last = this.runs - 1;
    this.length += count;
    if (last >= 0 && this.sources[last] === source && this.rows[last]! + this.counts[last]! === row) {
      this.counts[last]! += count;
      return;
    }
    if (this.runs === this.sources.length) this.#grow();
    this.sources[this.runs] = source;
    this.rows[this.runs] = row;
    this.counts[this.runs++] = count;
  }

  /** Each of the rows in its source; none may be added any more. */
  each(): Int32Array {
    if (this.#each !== null) return this.#each;
    const each = new Int32Array(this.length);
    let at = 0;
    for (let run = 0; run < this.runs; run++) for (let row = this.rows[run]!, end = row + this.counts[run]!; row < end; row++) each[at++] = row;
    return (this.#each = each);
  }

  #grow(): void {
    const more = (of: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(2 * of.length);
      grown.set(of);
      return grown;
    };
    this.sources = more(this.sources);
    this.rows = more(this.rows);
    this.counts = more(this.counts);
  }
}

/** Runs up to so many rows are copied faster by hand than by a call. */
const fewRows = 16;
/** Texts up to so many bytes, likewise. */
const fewBytes = 64;

/** A column of the picked rows of several columns of one type; over the memory of the source where there is one run alone. */
export function pickRows(sources: readonly FlowColumn[], picks: Picks): FlowColumn {
  if (picks.runs === 1) return sliceColumn(sources[picks.sources[0]!]!, picks.rows[0]!, picks.rows[0]! + picks.length);
  return copyRows(sources, picks);
}

/** All rows of a column in memory of its own. */
export function copyColumn(column: FlowColumn): FlowColumn {
  const all = new Picks();
  all.add(0, 0, columnLength(column));
  return copyRows([column], all);
}

/** The same in memory of its own, which keeps no source alive. */
export function copyRows(sources: readonly FlowColumn[], picks: Picks): FlowColumn {
  const [first] = sources as [FlowColumn];
  if (sources.length === 1 && picks.length < fewRows * picks.runs) return gatherColumn(first, picks.each());
  const valid = copyValid(sources, picks);
  switch (first.type) {
    case 'int':
      return copyInts(sources as readonly IntColumn[], picks, valid);
    case 'float':
      return { type: 'float', values: copyFloats(sources as readonly (typeof first)[], picks), valid };
    case 'text':
      return copyTexts(sources as readonly TextColumn[], picks, valid);
    case 'list':
      return copyLists(sources as readonly ListColumn[], picks, valid);
  }
}

function copyValid(sources: readonly FlowColumn[], { length, runs, sources: of, rows, counts }: Picks): Uint8Array | null {
  if (sources.every((source) => source.valid === null)) return null;
  const copy = new Uint8Array(length).fill(1);
  let to = 0;
  for (let run = 0; run < runs; run++) {
    const { valid } = sources[of[run]!]!;
    const row = rows[run]!;
    const count = counts[run]!;
    if (valid === null) to += count;
    else for (let at = 0; at < count; at++) copy[to++] = valid[row + at]!;
  }
  return copy;
}

function copyInts(sources: readonly IntColumn[], { length, runs, sources: of, rows, counts }: Picks, valid: Uint8Array | null): IntColumn {
  const copy = intColumn(new BigInt64Array(length), valid, sources[0]!.bigint);
  const { values, halves } = copy;
  let to = 0;
  for (let run = 0; run < runs; run++) {
    const source = sources[of[run]!]!;
    const row = rows[run]!;
    const count = counts[run]!;
    if (count > fewRows) values.set(source.values.subarray(row, row + count), to);
    else for (let at = 0; at < 2 * count; at++) halves[2 * to + at] = source.halves[2 * row + at]!;
    to += count;
  }
  return copy;
}

function copyFloats(sources: readonly { readonly values: Float64Array }[], { length, runs, sources: of, rows, counts }: Picks): Float64Array {
  const copy = new Float64Array(length);
  let to = 0;
  for (let run = 0; run < runs; run++) {
    const { values } = sources[of[run]!]!;
    const row = rows[run]!;
    const count = counts[run]!;
    if (count > fewRows) copy.set(values.subarray(row, row + count), to);
    else for (let at = 0; at < count; at++) copy[to + at] = values[row + at]!;
    to += count;
  }
  return copy;
}

function copyTexts(sources: readonly TextColumn[], { length, runs, sources: of, rows, counts }: Picks, valid: Uint8Array | null): TextColumn {
  const offsets = new Int32Array(length + 1);
  let to = 0;
  for (let run = 0; run < runs; run++) {
    const own = sources[of[run]!]!.offsets;
    const row = rows[run]!;
    const count = counts[run]!;
    const shift = offsets[to]! - own[row]!;
    for (let at = 1; at <= count; at++) offsets[to + at] = own[row + at]! + shift;
    to += count;
  }
  const copy = new Uint8Array(offsets[length]!);
  let next = 0;
  for (let run = 0; run < runs; run++) {
    const { offsets: own, bytes } = sources[of[run]!]!;
    const end = own[rows[run]! + counts[run]!]!;
    let begin = own[rows[run]!]!;
    if (end - begin > fewBytes) {
      copy.set(bytes.subarray(begin, end), next);
      next += end - begin;
    } else while (begin < end) copy[next++] = bytes[begin++]!;
  }
  return { type: 'text', offsets, bytes: copy, valid };
}

function copyLists(sources: readonly ListColumn[], { length, runs, sources: of, rows, counts }: Picks, valid: Uint8Array | null): ListColumn {
  const { items, size, bigint } = sources[0]!;
  const copy = new (items.constructor as new (length: number) => ListColumn['items'])(length * size);
  let to = 0;
  for (let run = 0; run < runs; run++) {
    const row = rows[run]!;
    const count = counts[run]!;
    copy.set(sources[of[run]!]!.items.subarray(row * size, (row + count) * size) as Int32Array & BigInt64Array, to * size);
    to += count;
  }
  return listColumn(copy, size, valid, bigint);
}
