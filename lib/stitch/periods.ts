import { intColumn, type FlowColumn, type IntColumn } from '../flows/columns.js';
import { spans } from './amounts.js';
import type { Joining } from './joining.js';
import { deviations, means, wideSums, type Wide } from './moments.js';
import { sums } from './values.js';

/** The active and idle periods of pieces, whose first and last active one may go on in another. Times in nanoseconds, lengths in the run's unit. */
interface Periods {
  /** Active periods between the first and the last. */
  readonly inner: Lengths;
  readonly idle: Lengths;
  /** When the first active period ended. */
  readonly firstEnded: BigInt64Array;
  /** When the last active period began; where no idle one is between, the first is the last. */
  readonly lastBegan: BigInt64Array;
}

const kinds = ['active', 'idle'] as const;
const parts = ['periods', 'sum', 'min', 'max', 'squares', 'squares_high'] as const;

/** The columns of periods. */
export const periodNames = [...kinds.flatMap((kind) => parts.map((part) => `piece_${kind}_${part}`)), 'piece_first_active_ns', 'piece_last_active_ns'];

const nsPerMs = 1_000_000n;

/** The periods of pairs of pieces. */
export class PeriodColumns {
  readonly #joining: Joining;
  readonly #periods: Periods;
  #active: Lengths | null = null;

  constructor(joining: Joining) {
    this.#joining = joining;
    const pairs = periodNames.map((name) => joining.ints(name));
    this.#periods = joined(joining, periodsOf(pairs.map(([before]) => before)), periodsOf(pairs.map(([, next]) => next)));
  }

  /** A statistic of the active or of the idle periods; null of a flow without any. */
  statistic(kind: (typeof kinds)[number], which: Statistic): FlowColumn {
    return statisticOf(kind === 'idle' ? this.#periods.idle : (this.#active ??= this.#allActive()), which);
  }

  /** What a later piece needs of them, as {@link periodNames} stand. */
  columns(): IntColumn[] {
    const { inner, idle, firstEnded, lastBegan } = this.#periods;
    const of = ({ count, sum, min, max, squares }: Lengths): IntColumn[] => [
      intColumn(count, null),
      ...[sum, min, max].map((values) => intColumn(values, null, true)),
      squares.low,
      squares.high,
    ];
    return [...of(inner), ...of(idle), intColumn(firstEnded, null, true), intColumn(lastBegan, null, true)];
  }

  /** The inner ones, and the first and the last. */
  #allActive(): Lengths {
    const { inner, idle, firstEnded, lastBegan } = this.#periods;
    const { first, last } = this.#joining.amounts('both', 0);
    const cut = flags(idle.count.length, (row) => idle.count[row] !== 0n);
    const withFirst = withPeriod(this.#joining, inner, first.values, firstEnded, cut);
    return withPeriod(this.#joining, withFirst, lastBegan, last.values, null);
  }
}

function joined(joining: Joining, one: Periods, other: Periods): Periods {
  const { length, run } = joining;
  const [before, next] = [joining.amounts('before', 0), joining.amounts('next', 0)];
  const [ended, begins] = [before.last.values, next.first.values];
  const timeout = run.activityTimeout === null ? null : BigInt(run.activityTimeout) * nsPerMs;
  const silences = spans(ended, begins, 'ns');
  // Whether an idle period lies across the cut, in the first piece, and in the other.
  const across = flags(length, (row) => timeout !== null && silences[row]! > timeout);
  const here = flags(length, (row) => one.idle.count[row] !== 0n);
  const there = flags(length, (row) => other.idle.count[row] !== 0n);
  const lastEnded = choose(across, ended, other.firstEnded);
  const lastIsInner = flags(length, (row) => here[row] === 1 && (across[row] === 1 || there[row] === 1));
  const firstIsInner = flags(length, (row) => across[row] === 1 && there[row] === 1);
  const withLast = withPeriod(joining, bothLengths(one.inner, other.inner), one.lastBegan, lastEnded, lastIsInner);
  return {
    inner: withPeriod(joining, withLast, begins, other.firstEnded, firstIsInner),
    idle: withPeriod(joining, bothLengths(one.idle, other.idle), ended, begins, across),
    firstEnded: choose(here, one.firstEnded, choose(across, ended, choose(there, other.firstEnded, next.last.values))),
    lastBegan: choose(there, other.lastBegan, choose(across, begins, one.lastBegan)),
  };
}

/** With a period more in each of these rows (null: in all); a single packet is no period. */
function withPeriod({ run, length }: Joining, known: Lengths, began: BigInt64Array, ended: BigInt64Array, where: Uint8Array | null): Lengths {
  const there = flags(length, (row) => (where === null || where[row] === 1) && ended[row]! > began[row]!);
  return there.includes(1) ? withLengths(known, spans(began, ended, run.timeUnit), there) : known;
}

function flags(length: number, of: (row: number) => boolean): Uint8Array {
  const all = new Uint8Array(length);
  for (let row = 0; row < length; row++) if (of(row)) all[row] = 1;
  return all;
}

function choose(flag: Uint8Array, one: BigInt64Array, other: BigInt64Array): BigInt64Array {
  const chosen = new BigInt64Array(flag.length);
  for (let row = 0; row < chosen.length; row++) chosen[row] = flag[row] === 1 ? one[row]! : other[row]!;
  return chosen;
}

/** Periods from their columns, which stand as {@link periodNames}. */
function periodsOf(columns: readonly IntColumn[]): Periods {
  const lengths = (from: number): Lengths => {
    const [count, sum, min, max] = columns.slice(from, from + 4).map(({ values }) => values) as [BigInt64Array, BigInt64Array, BigInt64Array, BigInt64Array];
    return { count, sum, min, max, squares: { low: columns[from + 4]!, high: columns[from + 5]! } };
  };
  const [firstEnded, lastBegan] = columns.slice(2 * parts.length).map(({ values }) => values) as [BigInt64Array, BigInt64Array];
  return { inner: lengths(0), idle: lengths(parts.length), firstEnded, lastBegan };
}

/** What is kept of lengths to make their statistics of, by row. */
interface Lengths {
  readonly count: BigInt64Array;
  readonly sum: BigInt64Array;
  /** 0 without one. */
  readonly min: BigInt64Array;
  readonly max: BigInt64Array;
  readonly squares: Wide;
}

/** What columns tell of lengths. */
export type Statistic = 'min' | 'mean' | 'stddev' | 'max';

/** Of these lengths and those. */
function bothLengths(one: Lengths, other: Lengths): Lengths {
  const [min, max] = [one.min.slice(), one.max.slice()];
  for (let row = 0; row < min.length; row++) {
    if (other.count[row] === 0n) continue;
    const first = one.count[row] === 0n;
    if (first || other.min[row]! < min[row]!) min[row] = other.min[row]!;
    if (first || other.max[row]! > max[row]!) max[row] = other.max[row]!;
  }
  return { count: sums(one.count, other.count), sum: sums(one.sum, other.sum), min, max, squares: wideSums(one.squares, other.squares, null) };
}

/** Of these lengths, and of one more in each row where there is one. */
function withLengths(known: Lengths, lengths: BigInt64Array, there: Uint8Array): Lengths {
  const [count, min, max] = [known.count.slice(), known.min.slice(), known.max.slice()];
  const added = lengths.slice();
  for (let row = 0; row < added.length; row++) {
    if (there[row] === 0) added[row] = 0n;
    else {
      const first = count[row] === 0n;
      if (first || added[row]! < min[row]!) min[row] = added[row]!;
      if (first || added[row]! > max[row]!) max[row] = added[row]!;
      count[row] = count[row]! + 1n;
    }
  }
  return { count, sum: sums(known.sum, added), min, max, squares: wideSums(known.squares, null, added) };
}

/** One of their statistics; null without a length. */
function statisticOf({ count, sum, min, max, squares }: Lengths, which: Statistic): FlowColumn {
  const all = new Uint8Array(count.length);
  for (let row = 0; row < all.length; row++) if (count[row] !== 0n) all[row] = 1;
  const there = all.includes(0) ? all : null;
  switch (which) {
    case 'min':
      return intColumn(min, there);
    case 'max':
      return intColumn(max, there);
    case 'mean':
      return { ...means(sum, count), valid: there };
    case 'stddev':
      return { ...deviations(squares, sum, count), valid: there };
  }
}
