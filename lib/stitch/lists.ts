import { listColumn, type ListColumn, type TextColumn } from '../flows/columns.js';

/** What stands behind the last item of a list. */
const noItem = -1;
/** The most that an item of 32 bits holds. */
const mostOf32 = 2n ** 31n - 1n;

/** Items of any width. */
type Items = Record<number, number | bigint> & { readonly length: number };

/**
 * The items of two lists, one behind the other, as many as a list has.
 * @param gaps what stands for the first item of the second list, which had nothing before it; null where it stays
 * @param narrow items have 32 bits
 */
export function listsTogether(before: ListColumn, next: ListColumn, gaps: BigInt64Array | null, narrow: boolean): ListColumn {
  const { size } = before;
  const rows = size === 0 ? 0 : before.items.length / size;
  const items = before.items.slice();
  for (let row = 0; row < rows; row++) {
    const begin = row * size;
    if (next.valid?.[row] === 0) continue;
    if (before.valid?.[row] === 0) {
      items.set(next.items.subarray(begin, begin + size) as Int32Array & BigInt64Array, begin);
      continue;
    }
    let to = begin;
    while (to < begin + size && Number(items[to]) !== noItem) to++;
    const filled = to;
    for (let from = begin; to < begin + size;) (items as Items)[to++] = next.items[from++]!;
    if (gaps !== null && filled < begin + size) {
      const gap = narrow && gaps[row]! > mostOf32 ? mostOf32 : gaps[row]!;
      (items as Items)[filled] = items instanceof BigInt64Array ? gap : Number(gap);
    }
  }
  return listColumn(items, size, bothValid(before.valid, next.valid), before.bigint);
}

/** The list with the directions of some rows exchanged. */
export function turnedLists(lists: ListColumn, turned: Uint8Array): ListColumn {
  const { size } = lists;
  const items = lists.items.slice() as Items;
  for (let row = 0; row < turned.length; row++)
    if (turned[row] === 1)
      for (let at = row * size; at < (row + 1) * size; at++) {
        const way = Number(items[at]);
        if (way !== noItem) items[at] = typeof items[at] === 'bigint' ? BigInt(1 - way) : 1 - way;
      }
  return listColumn(items as unknown as ListColumn['items'], size, lists.valid, lists.bigint);
}

/** The first bytes of two texts one behind the other, at most so many of each; a character is never cut. */
export function prefixes(before: TextColumn, next: TextColumn, most: number): TextColumn {
  const rows = before.offsets.length - 1;
  const offsets = new Int32Array(rows + 1);
  const bytes = new Uint8Array(sizeOf(before) + sizeOf(next));
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const end = to + most;
    for (const { offsets: own, bytes: from } of [before, next]) {
      const stop = own[row + 1]!;
      let at = own[row]!;
      while (at < stop && to < end) bytes[to++] = from[at++]!;
      while (at < stop && to > offsets[row]! && (from[at]! & 0xc0) === 0x80) {
        at--;
        to--;
      }
      if (at < stop) break;
    }
    offsets[row + 1] = to;
  }
  return { type: 'text', offsets, bytes: bytes.slice(0, to), valid: null };
}

function sizeOf({ offsets }: TextColumn): number {
  return offsets.at(-1)! - offsets[0]!;
}

/** Where either has a value. */
function bothValid(one: Uint8Array | null, other: Uint8Array | null): Uint8Array | null {
  if (one === null || other === null) return null;
  const valid = one.map((there, row) => there | other[row]!);
  return valid.includes(0) ? valid : null;
}
