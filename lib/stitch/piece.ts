import type { IntColumn, TextColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Plan } from './plan.js';
import { sameInts, sameTexts, textAt } from './texts.js';

/** Columns that are read of every piece. */
export interface OwnColumns {
  readonly row: TextColumn;
  readonly point: TextColumn;
  readonly capture: TextColumn;
  readonly clock: IntColumn;
  readonly key: TextColumn;
  readonly end: IntColumn;
  readonly first: IntColumn;
  readonly forwardLast: IntColumn;
  readonly backwardLast: IntColumn;
  readonly backwardPackets: IntColumn;
}

const names: Readonly<Record<keyof OwnColumns, string>> = {
  row: 'piece_row',
  point: 'piece_point',
  capture: 'piece_capture',
  clock: 'piece_clock_ns',
  key: 'piece_key',
  end: 'piece_end',
  first: 'piece_src2dst_first_ns',
  forwardLast: 'piece_src2dst_last_ns',
  backwardLast: 'piece_dst2src_last_ns',
  backwardPackets: 'piece_dst2src_packets',
};

/** Finds them in a batch of the plan's columns. */
export function ownColumns(plan: Plan, { columns }: FlowBatch): OwnColumns {
  return Object.fromEntries(Object.entries(names).map(([own, name]) => [own, columns[plan.at(name)]])) as unknown as OwnColumns;
}

/** How many rows from this one on, up to `end` (exclusive), are pieces of the same capture, or are bounds of it. */
export function sameCapture({ row: kind, point, capture, clock }: OwnColumns, row: number, end: number): number {
  let same = sameInts(clock, row, end);
  for (const column of [kind, point, capture]) same = sameTexts(column, row, row + same);
  return same;
}

/** Whether the row is no piece. */
export function isBounds({ row: kind }: OwnColumns, row: number): boolean {
  return textAt(kind, row).startsWith('b');
}

/** The time of the last packet, in whole milliseconds. */
export function lastMsAt({ forwardLast, backwardLast, backwardPackets: { halves } }: OwnColumns, row: number): number {
  const forward = msAt(forwardLast, row);
  if ((halves[2 * row]! | halves[2 * row + 1]!) === 0) return forward;
  return Math.max(forward, msAt(backwardLast, row));
}

/** Whole milliseconds of nanoseconds, without a bigint for each row: 2^32 are 4,294 million and 967,296. */
export function msAt({ halves, values }: IntColumn, row: number): number {
  const high = halves[2 * row + 1]!;
  if (high < 0) return Number(values[row]! / 1_000_000n);
  return 4294 * high + Math.floor((967_296 * high + (halves[2 * row]! >>> 0)) / 1e6);
}

/** The export_reason of a flow that ended with its source. */
export const endOfSource = 2;
