import { bothSums, noSums, withLength, type Sums } from './sums.js';

/** The active and idle periods of a piece, whose first and last active one may go on in another. Times in nanoseconds, lengths in the run's unit. */
export interface Periods {
  /** Active periods between the first and the last. */
  readonly inner: Sums;
  readonly idle: Sums;
  /** When the first active period ended. */
  readonly firstEnded: bigint;
  /** When the last active period began; where no idle one is between, the first is the last. */
  readonly lastBegan: bigint;
}

/** A piece and when it was. */
interface Span {
  readonly periods: Periods;
  readonly first: bigint;
  readonly last: bigint;
}

/** The periods of two pieces. @param timeout in nanoseconds, null for never; @param unit nanoseconds of the run's unit */
export function joinedPeriods(before: Span, next: Span, timeout: bigint | null, unit: bigint): Periods {
  const one = before.periods;
  const other = next.periods;
  const [cut, uncut] = [one.idle.count > 0n, other.idle.count === 0n];
  const idle = bothSums(one.idle, other.idle);
  const inner = bothSums(one.inner, other.inner);
  if (timeout !== null && next.first - before.last > timeout) {
    const withLast = cut ? withPeriod(inner, one.lastBegan, before.last, unit) : inner;
    return {
      idle: withLength(idle, next.first / unit - before.last / unit),
      inner: uncut ? withLast : withPeriod(withLast, next.first, other.firstEnded, unit),
      firstEnded: cut ? one.firstEnded : before.last,
      lastBegan: uncut ? next.first : other.lastBegan,
    };
  }
  return {
    idle,
    inner: cut && !uncut ? withPeriod(inner, one.lastBegan, other.firstEnded, unit) : inner,
    firstEnded: cut ? one.firstEnded : uncut ? next.last : other.firstEnded,
    lastBegan: uncut ? one.lastBegan : other.lastBegan,
  };
}

/** All active periods of a flow. */
export function activeSums({ periods, first, last }: Span, unit: bigint): Sums {
  const { inner, idle, firstEnded, lastBegan } = periods;
  const withFirst = idle.count > 0n ? withPeriod(inner, first, firstEnded, unit) : inner;
  return withPeriod(withFirst, lastBegan, last, unit);
}

/** A single packet is no period. */
function withPeriod(sums: Sums, began: bigint, ended: bigint, unit: bigint): Sums {
  return ended > began ? withLength(sums, ended / unit - began / unit) : sums;
}

/** Reads the periods of a piece from its columns. */
export function readPeriods(int: (name: string) => bigint, wide: (name: string) => bigint): Periods {
  const sums = (name: string): Sums => {
    const count = int(`piece_${name}_periods`);
    if (count === 0n) return noSums;
    return { count, sum: int(`piece_${name}_sum`), squares: wide(`piece_${name}_squares`), min: int(`piece_${name}_min`), max: int(`piece_${name}_max`) };
  };
  return { inner: sums('active'), idle: sums('idle'), firstEnded: int('piece_first_active_ns'), lastBegan: int('piece_last_active_ns') };
}
