import { buildColumn, intColumn, numberOf, type FlowColumn, type IntColumn, type ListColumn, type TextColumn } from '../flows/columns.js';
import { native } from '../native.js';
import type { FieldMerge } from '../schema/fields.js';
import type { PieceRun } from '../schema/piece-fields.js';
import { spans } from './amounts.js';
import type { JoinedRows } from './held.js';
import { marksOf } from './inexact.js';
import { Joining, type Choice, type Pairs } from './joining.js';
import { listsTogether, prefixes, turnedLists } from './lists.js';
import { deviations, means } from './moments.js';
import { Parts } from './parts.js';
import type { Plan, PlannedColumn } from './plan.js';
import type { Statistic } from './periods.js';
import { largestColumn, leastColumn, sumColumn } from './values.js';
import { offered } from './windows.js';

/** Puts later pieces of flows behind the earlier ones, many at once. */
export function merged(plan: Plan, pairs: Pairs, run: PieceRun): JoinedRows {
  const joining = new Joining(plan, pairs, run);
  const parts = new Parts(joining);
  const columns: FlowColumn[] = [];
  for (const index of plan.kept) {
    const column = plan.columns[index]!;
    columns[index] = rules[column.merge](joining, column, parts);
  }
  for (const [name, column] of parts.columns()) columns[plan.at(name)] = column;
  return { columns, captures: pairs.captures, marks: marksOf(joining) };
}

/** Makes a column from that of the pieces before and that of the next ones, which is seen from the same ends. Columns are gathered where they are needed: of most only one is. */
type Rule = (joining: Joining, column: PlannedColumn, parts: Parts) => FlowColumn;

const earlier: Rule = (joining, { index }) => joining.choose(index, null);
const later: Rule = (joining, { index }) => joining.choose(index, new Uint8Array(joining.length).fill(1));

/** The first piece's, unless it has none. */
const found: Rule = (joining, { index }) => joining.choose(index, without(joining.before(index)));

const byValues =
  (of: typeof sumColumn): Rule =>
  (joining, { index, field }) =>
    of(field, joining.before(index), joining.next(index));

const rules: Readonly<Record<FieldMerge, Rule>> = {
  sum: byValues(sumColumn),
  min: byValues(leastColumn),
  max: byValues(largestColumn),
  first: earlier,
  last: later,
  none: (joining, { field }) => buildColumn(field, new Array(joining.length)),
  // The whole run's, made when the flow leaves.
  order: earlier,
  end: later,
  remade: earlier,
  // It stands where its last piece does.
  piece: later,
  earliest: (joining, { index, direction }) => joining.choose(index, missing(joining.amounts('before', direction).there)),
  latest: (joining, { index, direction }) => joining.choose(index, joining.amounts('next', direction).there),
  duration: (_, { field, direction }, parts) => intColumn(parts.duration(direction), null, field.bigint),
  rate: rates,
  uid: earlier,
  found,
  'with the SYN': (joining, column, parts) =>
    column.syn < 0 ? later(joining, column, parts) : joining.choose(column.index, without(joining.before(column.syn))),
  least: leastSizes,
  mean: (joining, { direction }) => {
    const { bytes, packets } = joining.amounts('both', direction);
    return means(bytes.values, packets.values);
  },
  deviation: (joining, { direction }, parts) => {
    const { bytes, packets } = joining.amounts('both', direction);
    return deviations(parts.sizeSquares(direction), bytes.values, packets.values);
  },
  'least gap': (joining, column, parts) => extremeGaps(joining, column, parts, false),
  'most gap': (joining, column, parts) => extremeGaps(joining, column, parts, true),
  'mean gap': (joining, { direction }, parts) => means(parts.duration(direction), joining.amounts('both', direction).gaps),
  'deviation of gaps': (joining, { direction }, parts) =>
    deviations(parts.gapSquares(direction), parts.duration(direction), joining.amounts('both', direction).gaps),
  'least window': (_, { direction }, { windows }) => offered(windows, direction === 1 ? 0 : 1, false),
  'most window': (_, { direction }, { windows }) => offered(windows, direction === 1 ? 0 : 1, true),
  period: (_, { field }, { periods }) => {
    const [, which, kind] = /^(min|mean|stddev|max)_(active|idle)_/.exec(field.name) as unknown as [string, Statistic, 'active' | 'idle'];
    return periods.statistic(kind, which);
  },
  entropy: (_, { direction }, parts) => entropies(parts.payload(direction === 1 ? 1 : 2)),
  list: (joining, { index, field }, parts) => {
    const next = joining.next(index) as ListColumn;
    return listsTogether(
      joining.before(index) as ListColumn,
      field.name === 'splt_direction' && joining.turned !== null ? turnedLists(next, joining.turned) : next,
      field.name.startsWith('splt_piat') ? parts.gap(0).values : null,
      field.list!.item === 'int32' && joining.run.timeUnit === 'ms',
    );
  },
  prefix: (joining, { index }) => prefixes(joining.before(index) as TextColumn, joining.next(index) as TextColumn, 2 * joining.run.payloadBytes),
  label: (joining, { index }, { best }) => joining.choose(index, best),
  fact: (joining, { index }) => {
    const [undecided] = joining.ints('piece_undecided');
    const choice = without(joining.before(index), true);
    if (choice !== null) for (let row = 0; row < choice.length; row++) if (undecided.halves[2 * row] !== 1) choice[row] = 0;
    return joining.choose(index, choice);
  },
  hello: found,
  // The dissection may be over while a hello is still looked for.
  'fact of a hello': found,
};

/** The later piece's where the earlier one has no value, or an empty text; null where each has one. */
function without(before: FlowColumn, orEmpty = false): Choice | null {
  const choice = before.valid === null ? null : missing(before.valid);
  if (before.type !== 'text' || !orEmpty) return choice;
  const { offsets } = before;
  const empty = choice ?? new Uint8Array(offsets.length - 1);
  for (let row = 0; row < empty.length; row++) if (offsets[row] === offsets[row + 1]) empty[row] = 1;
  return empty;
}

/** The later piece's where the earlier one has nothing there. */
function missing(there: Uint8Array): Choice {
  return there.map((one) => 1 - one);
}

function rates(joining: Joining, { field, direction }: PlannedColumn): FlowColumn {
  const { first, last, bytes, packets } = joining.amounts('both', direction);
  const { halves: of } = field.unit === 'bytes/s' ? bytes : packets;
  const { halves: spent } = intColumn(spans(first.values, last.values, 'ns'), null);
  const values = new Float64Array(joining.length);
  const valid = new Uint8Array(joining.length);
  for (let row = 0; row < values.length; row++) {
    const seconds = numberOf(spent, row) / 1e9;
    if (!(seconds > 0)) continue;
    values[row] = numberOf(of, row) / seconds;
    valid[row] = 1;
  }
  return { type: 'float', values, valid: valid.includes(0) ? valid : null };
}

/** The smallest of both, where each has packets. */
function leastSizes(joining: Joining, { index, field, direction }: PlannedColumn): FlowColumn {
  const [before, next] = [joining.before(index) as IntColumn, joining.next(index) as IntColumn];
  const least = leastColumn(field, before, next) as IntColumn;
  const [has, hasNext] = [joining.amounts('before', direction).there, joining.amounts('next', direction).there];
  for (let row = 0; row < joining.length; row++) {
    if (has[row] === 0) least.values[row] = next.values[row]!;
    else if (hasNext[row] === 0) least.values[row] = before.values[row]!;
  }
  return least;
}

/** The least or the largest gap: of each piece that has any, and of that between them; 0 without one. */
function extremeGaps(joining: Joining, { index, field, direction }: PlannedColumn, parts: Parts, largest: boolean): IntColumn {
  const across = parts.gap(direction);
  const extreme = intColumn(across.values.slice(), null, field.bigint);
  const there = across.there?.slice() ?? new Uint8Array(joining.length).fill(1);
  for (const [of, { values }] of [
    ['before', joining.before(index) as IntColumn],
    ['next', joining.next(index) as IntColumn],
  ] as const) {
    widenGaps(extreme.values, there, values, joining.amounts(of, direction).gaps, largest);
  }
  return extreme;
}

function widenGaps(extreme: BigInt64Array, there: Uint8Array, values: BigInt64Array, gaps: BigInt64Array, largest: boolean): void {
  for (let row = 0; row < extreme.length; row++) {
    if (gaps[row]! <= 0n) continue;
    if (there[row] === 0 || values[row]! > extreme[row]! === largest) extreme[row] = values[row]!;
    there[row] = 1;
  }
}

/** Entropies of bytes in hex; null of none. */
function entropies({ offsets, bytes }: TextColumn): FlowColumn {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float64Array(offsets.length - 1);
  const valid = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    if (offsets[row] === offsets[row + 1]) continue;
    values[row] = native.entropy(Buffer.from(hex.toString('latin1', offsets[row], offsets[row + 1]), 'hex'));
    valid[row] = 1;
  }
  return { type: 'float', values, valid: valid.includes(0) ? valid : null };
}
