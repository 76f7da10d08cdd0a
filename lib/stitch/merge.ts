import type { FlowValue } from '../flows/columns.js';
import { native } from '../native.js';
import type { FieldMerge, TimeUnit } from '../schema/fields.js';
import type { PieceRun } from '../schema/piece-fields.js';
import { lastOf, type Amounts, type Pair, type Piece, type Squares } from './piece.js';
import { activeSums, joinedPeriods, type Periods } from './periods.js';
import type { Direction, Plan, PlannedColumn } from './plan.js';
import { statisticOf } from './sums.js';
import { deviationOf, firstOf, largest, least, listOf, meanOf, prefixOf, sumOf } from './values.js';
import { joinedWindows, offered, turnedWindows } from './windows.js';

/** What two pieces are together, beside their cells. */
interface Joined {
  readonly before: Piece;
  /** The later piece, its directions as those of the first one. */
  readonly next: Piece;
  readonly parts: Pick<Piece, 'ways' | 'squares' | 'periods' | 'windows' | 'payloads'>;
  /** The gap across the cut, of the flow and by direction; null where a piece has no packets that way. In the run's unit. */
  readonly gaps: readonly [all: bigint, forward: bigint | null, backward: bigint | null];
  readonly run: PieceRun;
}

/** Nanoseconds of a unit. */
const nanoseconds: Readonly<Record<TimeUnit, bigint>> = { ms: 1_000_000n, us: 1000n, ns: 1n };

/** Puts a later piece of a flow behind the earlier one. */
export function merged(plan: Plan, before: Piece, later: Piece, run: PieceRun): Piece {
  const joined = join(plan, before, later, run);
  const { next } = joined;
  const best = knowsMore(joined) ? next : before;
  const whole = {
    ...joined.parts,
    larger: before.larger,
    label: best.label,
    dissected: best.dissected,
    undecided: before.undecided,
    captures: [...before.captures, ...next.captures],
  };
  const inexact: number[] = [];
  const cells: FlowValue[] = new Array<FlowValue>(plan.columns.length).fill(null);
  for (const { column, rule, mayDiffer } of stepsOf(plan)) {
    if (mayDiffer && !isExact(column, joined)) inexact.push(column.index);
    cells[column.index] = rule(joined, column);
  }
  return { ...whole, cell: (index) => cells[index]!, inexact: inexact.length === 0 ? before.inexact : new Set([...before.inexact, ...inexact]) };
}

/** What is done for a column of the output. */
interface Step {
  readonly column: PlannedColumn;
  readonly rule: Rule;
  /** Whether {@link isExact} has anything to say. */
  readonly mayDiffer: boolean;
}

const known = new WeakMap<Plan, readonly Step[]>();

function stepsOf(plan: Plan): readonly Step[] {
  let steps = known.get(plan);
  if (steps === undefined) {
    steps = plan.kept.map((index) => {
      const column = plan.columns[index]!;
      return { column, rule: rules[column.merge], mayDiffer: oftenInexact.has(column.merge) };
    });
    known.set(plan, steps);
  }
  return steps;
}

const oftenInexact: ReadonlySet<FieldMerge> = new Set<FieldMerge>(['none', 'hello', 'fact of a hello', 'label', 'fact']);

/** Whether the rule of a column gives what the whole run would, for these pieces. */
function isExact({ merge, index }: PlannedColumn, { before }: Joined): boolean {
  if (merge === 'none') return false;
  if (merge === 'hello') return helloIsOver(before, index);
  if (merge === 'fact of a hello') return !before.undecided && helloIsOver(before, index);
  return !before.undecided;
}

/** Whether no later piece changes what a column tells of a hello. */
function helloIsOver({ cell, ways }: Piece, index: number): boolean {
  return cell(index) !== null || packetsOf(ways, 0) >= mostHelloPackets;
}

/** Packets of a flow in which a hello is looked for. */
const mostHelloPackets = 64n;

function join(plan: Plan, before: Piece, later: Piece, run: PieceRun): Joined {
  const next = before.larger === later.larger ? later : turned(plan, later);
  const unit = nanoseconds[run.timeUnit];
  const between = (first: bigint, last: bigint): bigint => {
    const gap = first / unit - last / unit;
    return gap < 0n ? 0n : gap;
  };
  const acrossOne = (way: 0 | 1): bigint | null =>
    before.ways[way].packets > 0n && next.ways[way].packets > 0n ? between(next.ways[way].first, before.ways[way].last) : null;
  const gaps = [between(later.ways[0].first, lastOf(...before.ways)), acrossOne(0), acrossOne(1)] as const;
  const ways: Pair<Amounts> = [together(before.ways[0], next.ways[0]), together(before.ways[1], next.ways[1])];
  const parts = {
    ways,
    squares: squaresOf(before.squares, next.squares, gaps),
    periods: periodsOf(before, next, run),
    windows: before.windows && next.windows && joinedWindows(before.windows, next.windows),
    payloads: before.payloads && next.payloads && payloadsOf(before.payloads, next.payloads, run),
  };
  return { before, next, parts, gaps, run };
}

function periodsOf(before: Piece, next: Piece, { activityTimeout, timeUnit }: PieceRun): Periods | null {
  if (before.periods === null || next.periods === null) return null;
  const timeout = activityTimeout === null ? null : BigInt(activityTimeout) * nanoseconds.ms;
  return joinedPeriods(spanned(before.ways, before.periods), spanned(next.ways, next.periods), timeout, nanoseconds[timeUnit]);
}

function spanned(ways: Pair<Amounts>, periods: Periods): { periods: Periods; first: bigint; last: bigint } {
  const [first, last] = spanOf(ways, 0);
  return { periods, first, last };
}

function payloadsOf(before: Pair<string>, next: Pair<string>, { entropyBytes }: PieceRun): Pair<string> {
  return [prefixOf(before[0], next[0], entropyBytes), prefixOf(before[1], next[1], entropyBytes)];
}

/** Whether the label of the later piece is the better one. */
function knowsMore({ before, next }: Joined): boolean {
  if (!before.undecided) return false;
  return next.label === before.label ? next.dissected > before.dissected : next.label > before.label;
}

/** A piece seen from its other end. */
function turned(plan: Plan, piece: Piece): Piece {
  const { ways, squares, windows, payloads } = piece;
  return {
    ...piece,
    cell: (index) => {
      const { opposite, field } = plan.columns[index]!;
      const cell = piece.cell(opposite);
      return field.name === 'splt_direction' && Array.isArray(cell) ? cell.map((way) => (way === -1 ? way : 1 - Number(way))) : cell;
    },
    ways: [ways[1], ways[0]],
    windows: windows && turnedWindows(windows),
    payloads: payloads && [payloads[1], payloads[0]],
    squares: squares && { sizes: [squares.sizes[1], squares.sizes[0]], gaps: [squares.gaps[0], squares.gaps[2], squares.gaps[1]] },
  };
}

function together(before: Amounts, next: Amounts): Amounts {
  if (before.packets === 0n || next.packets === 0n) return before.packets === 0n ? next : before;
  return {
    packets: before.packets + next.packets,
    bytes: before.bytes + next.bytes,
    first: before.first,
    last: next.last > before.last ? next.last : before.last,
  };
}

function squaresOf(before: Squares | null, next: Squares | null, gaps: Joined['gaps']): Squares | null {
  if (before === null || next === null) return null;
  const gap = (which: Direction): bigint => before.gaps[which] + next.gaps[which] + (gaps[which] ?? 0n) ** 2n;
  return { sizes: [before.sizes[0] + next.sizes[0], before.sizes[1] + next.sizes[1]], gaps: [gap(0), gap(1), gap(2)] };
}

/** Packets of a direction of some piece. */
function packetsOf(ways: Pair<Amounts>, direction: Direction): bigint {
  return direction === 0 ? ways[0].packets + ways[1].packets : ways[direction - 1]!.packets;
}

function bytesOf(ways: Pair<Amounts>, direction: Direction): bigint {
  return direction === 0 ? ways[0].bytes + ways[1].bytes : ways[direction - 1]!.bytes;
}

/** First and last packet of a direction, in nanoseconds. */
function spanOf(ways: Pair<Amounts>, direction: Direction): Pair<bigint> {
  if (direction > 0) return [ways[direction - 1]!.first, ways[direction - 1]!.last];
  const [forward, backward] = ways;
  return [firstOfBoth(forward, backward), lastOf(forward, backward)];
}

/** A piece that was turned round begins with its other direction. */
function firstOfBoth(forward: Amounts, backward: Amounts): bigint {
  if (forward.packets === 0n) return backward.first;
  return backward.packets > 0n && backward.first < forward.first ? backward.first : forward.first;
}

/** The sum of all gaps of a direction: a duration, in the run's unit. */
function durationOf({ parts: { ways }, run }: Joined, direction: Direction): bigint {
  const [first, last] = spanOf(ways, direction);
  return last / nanoseconds[run.timeUnit] - first / nanoseconds[run.timeUnit];
}

function gapsOf(ways: Pair<Amounts>, direction: Direction): bigint {
  const packets = packetsOf(ways, direction);
  return packets > 0n ? packets - 1n : 0n;
}

/** The gaps that a column of least and most ones has to choose from: of each piece that has any, and that between them. */
function choiceOfGaps({ before, next, gaps }: Joined, { index, direction }: PlannedColumn): FlowValue[] {
  const across = gaps[direction];
  return [
    ...(gapsOf(before.ways, direction) > 0n ? [before.cell(index)] : []),
    ...(gapsOf(next.ways, direction) > 0n ? [next.cell(index)] : []),
    ...(across === null ? [] : [across]),
  ];
}

function rate(joined: Joined, { field, direction }: PlannedColumn): number | null {
  const [first, last] = spanOf(joined.parts.ways, direction);
  const seconds = Number(last - first) / 1e9;
  if (!(seconds > 0)) return null;
  return Number(field.unit === 'bytes/s' ? bytesOf(joined.parts.ways, direction) : packetsOf(joined.parts.ways, direction)) / seconds;
}

/** Makes the value of a column from that of the piece before and that of the next one, which is seen from the same end. Cells are read where they are needed: most columns stay. */
type Rule = (joined: Joined, column: PlannedColumn) => FlowValue;

const earlier: Rule = ({ before }, { index }) => before.cell(index);
const later: Rule = ({ next }, { index }) => next.cell(index);
/** The rule that a function of both values is. */
const ofBoth =
  (of: (before: FlowValue, next: FlowValue) => FlowValue): Rule =>
  (joined, column) =>
    of(earlier(joined, column), later(joined, column));
/** The first piece's, unless it has none. */
const found = ofBoth(firstOf);

const rules: Readonly<Record<FieldMerge, Rule>> = {
  sum: ofBoth(sumOf),
  min: ofBoth((before, next) => least([before, next])),
  max: ofBoth((before, next) => largest([before, next])),
  first: earlier,
  last: later,
  none: () => null,
  // The whole run's, made when the flow leaves.
  order: earlier,
  end: later,
  remade: earlier,
  // It stands where its last piece does.
  piece: later,
  earliest: (joined, column) => (packetsOf(joined.before.ways, column.direction) > 0n ? earlier : later)(joined, column),
  latest: (joined, column) => (packetsOf(joined.next.ways, column.direction) > 0n ? later : earlier)(joined, column),
  duration: (joined, { direction }) => (packetsOf(joined.parts.ways, direction) > 0n ? durationOf(joined, direction) : 0n),
  rate,
  uid: earlier,
  found,
  'with the SYN': (joined, column) => (column.syn >= 0 && joined.before.cell(column.syn) !== null ? earlier : later)(joined, column),
  least: (joined, column) => {
    if (packetsOf(joined.before.ways, column.direction) === 0n) return later(joined, column);
    return packetsOf(joined.next.ways, column.direction) === 0n ? earlier(joined, column) : rules.min(joined, column);
  },
  mean: ({ parts: { ways } }, { direction }) => meanOf(bytesOf(ways, direction), packetsOf(ways, direction)),
  deviation: ({ parts: { ways, squares } }, { direction }) => {
    const { sizes } = squares!;
    const sum = direction === 0 ? sizes[0] + sizes[1] : sizes[direction - 1]!;
    return deviationOf(sum, bytesOf(ways, direction), packetsOf(ways, direction));
  },
  'least gap': (joined, column) => least(choiceOfGaps(joined, column)) ?? 0,
  'most gap': (joined, column) => largest(choiceOfGaps(joined, column)) ?? 0,
  'mean gap': (joined, { direction }) => meanOf(durationOf(joined, direction), gapsOf(joined.parts.ways, direction)),
  'deviation of gaps': (joined, { direction }) =>
    deviationOf(joined.parts.squares!.gaps[direction], durationOf(joined, direction), gapsOf(joined.parts.ways, direction)),
  'least window': ({ parts: { windows } }, { direction }) => offered(windows!, direction === 1 ? 0 : 1)?.[0] ?? null,
  'most window': ({ parts: { windows } }, { direction }) => offered(windows!, direction === 1 ? 0 : 1)?.[1] ?? null,
  period: ({ parts, run }, { field }) => {
    const [, which, what] = /^(min|mean|stddev|max)_(active|idle)_/.exec(field.name) as unknown as [string, 'min' | 'mean' | 'stddev' | 'max', string];
    const periods = parts.periods!;
    return statisticOf(what === 'idle' ? periods.idle : activeSums(spanned(parts.ways, periods), nanoseconds[run.timeUnit]), which);
  },
  entropy: ({ parts }, { direction }) => {
    const bytes = parts.payloads![direction === 1 ? 0 : 1];
    return bytes === '' ? null : native.entropy(Buffer.from(bytes, 'hex'));
  },
  list: ({ before, next, gaps, run }, { index, field }) =>
    listOf(before.cell(index), next.cell(index), field.name.startsWith('splt_piat') ? gaps[0] : null, field.list!.item === 'int32' && run.timeUnit === 'ms'),
  prefix: ({ before, next, run }, { index }) => prefixOf((before.cell(index) ?? '') as string, (next.cell(index) ?? '') as string, run.payloadBytes),
  label: (joined, column) => (knowsMore(joined) ? later : earlier)(joined, column),
  fact: (joined, column) => {
    const before = earlier(joined, column);
    return joined.before.undecided && (before === null || before === '') ? later(joined, column) : before;
  },
  hello: found,
  // The dissection may be over while a hello is still looked for.
  'fact of a hello': found,
};
