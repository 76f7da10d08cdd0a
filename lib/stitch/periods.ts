import { intColumn, type FlowColumn, type IntColumn } from '../flows/columns.js';
import type { Amounts } from './amounts.js';
import type { Joining } from './joining.js';
import { nanoseconds } from './plan.js';
import { bothSums, noSums, statisticOf, withLength, type Statistic, type Sums } from './sums.js';

/** The active and idle periods of a piece, whose first and last active one may go on in another. Times in nanoseconds, lengths in the run's unit. */
interface Periods {
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
function joinedPeriods(before: Span, next: Span, timeout: bigint | null, unit: bigint): Periods {
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
function activeSums({ periods, first, last }: Span, unit: bigint): Sums {
  const { inner, idle, firstEnded, lastBegan } = periods;
  const withFirst = idle.count > 0n ? withPeriod(inner, first, firstEnded, unit) : inner;
  return withPeriod(withFirst, lastBegan, last, unit);
}

/** A single packet is no period. */
function withPeriod(sums: Sums, began: bigint, ended: bigint, unit: bigint): Sums {
  return ended > began ? withLength(sums, ended / unit - began / unit) : sums;
}

const kinds = ['active', 'idle'] as const;
const parts = ['periods', 'sum', 'min', 'max', 'squares', 'squares_high'] as const;

/** The columns of periods. */
export const periodNames = [...kinds.flatMap((kind) => parts.map((part) => `piece_${kind}_${part}`)), 'piece_first_active_ns', 'piece_last_active_ns'];

/** The periods of pairs of pieces. */
export class PeriodColumns {
  readonly #spans: readonly Span[];
  readonly #unit: bigint;

  constructor(joining: Joining) {
    const { activityTimeout, timeUnit } = joining.run;
    this.#unit = nanoseconds[timeUnit];
    const timeout = activityTimeout === null ? null : BigInt(activityTimeout) * nanoseconds.ms;
    const pairs = periodNames.map((name) => joining.ints(name));
    const [before, next, both] = [joining.amounts('before', 0), joining.amounts('next', 0), joining.amounts('both', 0)];
    this.#spans = Array.from({ length: joining.length }, (_, row) => {
      const span = (which: 0 | 1, { first, last }: Amounts): Span => ({
        periods: readPeriods((column) => pairs[column]![which].values[row]!),
        first: first.values[row]!,
        last: last.values[row]!,
      });
      const periods = joinedPeriods(span(0, before), span(1, next), timeout, this.#unit);
      return { periods, first: both.first.values[row]!, last: both.last.values[row]! };
    });
  }

  /** A statistic of the active or of the idle periods; null of a flow without any. */
  statistic(kind: (typeof kinds)[number], which: Statistic): FlowColumn {
    const all = this.#spans.map((span) => statisticOf(kind === 'idle' ? span.periods.idle : activeSums(span, this.#unit), which));
    const valid = all.includes(null) ? Uint8Array.from(all, (value) => (value === null ? 0 : 1)) : null;
    if (which === 'min' || which === 'max') return intColumn(BigInt64Array.from(all, (value) => BigInt(value ?? 0)), valid);
    return { type: 'float', values: Float64Array.from(all, (value) => Number(value ?? 0)), valid };
  }

  /** What a later piece needs of them, as {@link periodNames} stand. */
  columns(): IntColumn[] {
    const values = this.#spans.map(({ periods: { inner, idle, firstEnded, lastBegan } }) => [
      ...[inner, idle].flatMap(({ count, sum, min, max, squares }) => [count, sum, min, max, squares, squares >> 64n]),
      firstEnded,
      lastBegan,
    ]);
    return periodNames.map((name, column) => intColumn(BigInt64Array.from(values, (row) => row[column]!), null, !name.endsWith('_periods')));
  }
}

/** Reads the periods of a piece from its columns, which stand as {@link periodNames}. */
function readPeriods(at: (column: number) => bigint): Periods {
  const sums = (from: number): Sums => {
    if (at(from) === 0n) return noSums;
    const squares = (BigInt.asUintN(64, at(from + 5)) << 64n) | BigInt.asUintN(64, at(from + 4));
    return { count: at(from), sum: at(from + 1), min: at(from + 2), max: at(from + 3), squares };
  };
  return { inner: sums(0), idle: sums(parts.length), firstEnded: at(2 * parts.length), lastBegan: at(2 * parts.length + 1) };
}
