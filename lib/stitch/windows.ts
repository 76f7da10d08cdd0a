/** Smallest and largest window as they stand in segments, or null without one. */
type Range = readonly [min: bigint, max: bigint] | null;

/** The windows of one end: before any SYN, between those of both ends, and after both. */
type Ranges = readonly [before: Range, between: Range, after: Range];

/** What stitching knows of the windows of a piece. Ends: 0 the source, 1 the destination. */
export interface Windows {
  /** Whether there was a SYN. */
  readonly syns: readonly [boolean, boolean];
  /** The shift that its SYN told; null without the option. */
  readonly shifts: readonly [bigint | null, bigint | null];
  /** Which end's SYN came first, where there was one. */
  readonly first: 0 | 1;
  readonly ends: readonly [Ranges, Ranges];
}

/** The windows of two pieces: a SYN in the first one counts in the other, too. */
export function joinedWindows(before: Windows, next: Windows): Windows {
  const seen = before.syns.some(Boolean) ? before : next;
  const ranges = (end: 0 | 1): Ranges => {
    const joined: [Range, Range, Range] = [...before.ends[end]];
    for (const phase of [0, 1, 2] as const) {
      const known = [0, 1].filter((one) => before.syns[one] || (phase === 2 ? true : phase === 1 && next.first === one)).length as 0 | 1 | 2;
      joined[known] = joinedRange(joined[known], next.ends[end][phase]);
    }
    return joined;
  };
  const shift = (end: 0 | 1): bigint | null => (before.syns[end] ? before.shifts[end] : next.shifts[end]);
  return {
    syns: [before.syns[0] || next.syns[0], before.syns[1] || next.syns[1]],
    shifts: [shift(0), shift(1)],
    first: seen.first,
    ends: [ranges(0), ranges(1)],
  };
}

/** Windows as the other end sees them. */
export function turnedWindows({ syns, shifts, first, ends }: Windows): Windows {
  return { syns: [syns[1], syns[0]], shifts: [shifts[1], shifts[0]], first: first === 0 ? 1 : 0, ends: [ends[1], ends[0]] };
}

/** The smallest and the largest window that an end has offered, in bytes. */
export function offered({ shifts, ends }: Windows, end: 0 | 1): Range {
  const shift = shifts[0] !== null && shifts[1] !== null ? shifts[end]! : 0n;
  const [before, between, after] = ends[end];
  const scaled: Range = after === null ? null : [after[0] << shift, after[1] << shift];
  return joinedRange(joinedRange(before, between), scaled);
}

function joinedRange(one: Range, other: Range): Range {
  if (one === null || other === null) return one ?? other;
  return [one[0] < other[0] ? one[0] : other[0], one[1] > other[1] ? one[1] : other[1]];
}

const phases = ['before', 'between', 'after'] as const;
const ways = ['src2dst', 'dst2src'] as const;

/** Reads the windows of a piece from its columns. */
export function readWindows(int: (name: string) => bigint): Windows {
  const bits = int('piece_syns');
  const shift = (end: number): bigint | null => {
    const told = (bits >> BigInt(8 + 8 * end)) & 0xffn;
    return told === 0n ? null : told > 15n ? 14n : told - 1n; // a file may say anything
  };
  const ranges = (way: string): Ranges => phases.map((phase) => rangeOf(int(`piece_${way}_window_${phase}`))) as unknown as Ranges;
  return {
    syns: [(bits & 1n) !== 0n, (bits & 2n) !== 0n],
    shifts: [shift(0), shift(1)],
    first: (bits & 4n) !== 0n ? 1 : 0,
    ends: [ranges(ways[0]), ranges(ways[1])],
  };
}

function rangeOf(packed: bigint): Range {
  return packed < 0n ? null : [packed & 0xffffn, (packed >> 16n) & 0xffffn];
}
