import { intColumn, type IntColumn } from '../flows/columns.js';
import type { Joining } from './joining.js';

const phases = ['before', 'between', 'after'] as const;
const ways = ['src2dst', 'dst2src'] as const;

/** The columns of windows: which SYNs there were, and of each end its windows before any SYN, between those of both ends, and after both. */
export const windowNames = ['piece_syns', ...ways.flatMap((way) => phases.map((phase) => `piece_${way}_window_${phase}`))];

/** What stitching knows of the windows of flows, by column; as they stand in {@link windowNames}. */
export interface Windows {
  readonly syns: IntColumn;
  /** Of each end three. */
  readonly ranges: readonly [readonly IntColumn[], readonly IntColumn[]];
}

/** No window. */
const noRange = -1;

/** The windows of pairs of pieces: a SYN in the first one counts in the other, too. */
export function joinedWindows(joining: Joining): Windows {
  const [before, next] = joining.ints('piece_syns');
  const empty = (): IntColumn => intColumn(new BigInt64Array(joining.length).fill(-1n), null);
  const joined: Windows = { syns: intColumn(new BigInt64Array(joining.length), null), ranges: [phases.map(empty), phases.map(empty)] };
  for (let row = 0; row < joining.length; row++)
    joined.syns.halves[2 * row] = joinedSyns(before.halves[2 * row]!, synsOfNext(next.halves[2 * row]!, joining.turned?.[row] === 1));
  for (const end of [0, 1] as const)
    phases.forEach((phase, index) => {
      const [one, other] = joining.ints(`piece_${ways[end]}_window_${phase}`);
      for (let row = 0; row < joining.length; row++) {
        widen(joined.ranges[end][index]!, row, rangeAt(one, row));
        const known = knownAt(before.halves[2 * row]!, synsOfNext(next.halves[2 * row]!, joining.turned?.[row] === 1), index);
        widen(joined.ranges[end][known]!, row, rangeAt(other, row));
      }
    });
  return joined;
}

// 1 a SYN of the source, 2 of the destination, 4 that the latter was first, then 8 bits each with one more than the shift that it told, 0 without the option.

function synsOfNext(syns: number, turned: boolean): number {
  if (!turned) return syns;
  return ((syns & 1) << 1) | ((syns >> 1) & 1) | (~syns & 4) | ((syns & 0xff00) << 8) | ((syns >> 8) & 0xff00);
}

function joinedSyns(before: number, next: number): number {
  const first = (before & 3) === 0 ? next & 4 : before & 4;
  const shift = (end: number): number => ((before & (1 << end)) !== 0 ? before : next) & (0xff00 << (8 * end));
  return ((before | next) & 3) | first | shift(0) | shift(1);
}

/** In which phase of the flow windows are that are in this one of the later piece: how many SYNs there were before them. */
function knownAt(before: number, next: number, phase: number): number {
  if (phase === 2) return 2;
  const firstOfNext = phase === 1 ? ((next & 4) !== 0 ? 2 : 1) : 0;
  const seen = (before & 3) | firstOfNext;
  return (seen & 1) + (seen >> 1);
}

/** The smallest window of a range in the lower 16 bits, and the largest; {@link noRange} without one. */
function rangeAt({ halves }: IntColumn, row: number): number {
  return halves[2 * row + 1]! < 0 ? noRange : halves[2 * row]! >>> 0;
}

function widen({ halves }: IntColumn, row: number, range: number): void {
  if (range === noRange) return;
  const own = halves[2 * row + 1]! < 0 ? noRange : halves[2 * row]! >>> 0;
  halves[2 * row + 1] = 0;
  halves[2 * row] = own === noRange ? range : (Math.max(own >>> 16, range >>> 16) << 16) | Math.min(own & 0xffff, range & 0xffff);
}

/** The smallest or the largest window that an end has offered, in bytes; null without one. */
export function offered({ syns, ranges }: Windows, end: 0 | 1, largest: boolean): IntColumn {
  const length = syns.values.length;
  const values = intColumn(new BigInt64Array(length), new Uint8Array(length));
  for (let row = 0; row < length; row++) {
    const bits = syns.halves[2 * row]!;
    const [own, other] = [shiftOf(bits, end), shiftOf(bits, 1 - end)];
    let best = noRange;
    ranges[end].forEach((column, phase) => {
      const range = rangeAt(column, row);
      if (range === noRange) return;
      const scale = phase === 2 && own >= 0 && other >= 0 ? 2 ** own : 1;
      const window = (largest ? range >>> 16 : range & 0xffff) * scale;
      if (best === noRange || (largest ? window > best : window < best)) best = window;
    });
    if (best === noRange) continue;
    values.halves[2 * row] = best;
    values.valid![row] = 1;
  }
  return values.valid!.includes(0) ? values : { ...values, valid: null };
}

/** The shift that an end's SYN told; -1 without the option. A file may say anything. */
function shiftOf(syns: number, end: number): number {
  const told = (syns >> (8 + 8 * end)) & 0xff;
  return told > 15 ? 14 : told - 1;
}
