import type { FlowBatch } from '../flows/flow-batch.js';
import { ownColumns } from './piece.js';
import { Plan } from './plan.js';
import { textAt } from './texts.js';

/** Where captures stand in the order that stitching takes them in. */
export interface PiecePlace {
  readonly point: string;
  /** The clock at its first packet, in nanoseconds. */
  readonly clock: bigint;
  readonly capture: string;
}

/** The place of the first row of a batch. @throws {FlowError} ERR_NFSTREAM_STITCH when it is no piece */
export function placeOf(batch: FlowBatch): PiecePlace {
  const { point, clock, capture } = ownColumns(new Plan(batch.schema, false), batch);
  return { point: textAt(point, 0), clock: clock.values[0]!, capture: textAt(capture, 0) };
}

/** Orders captures: by observation point, then by time; those of one time by name. */
export function comparePlaces(one: PiecePlace, other: PiecePlace): number {
  return compare(one.point, other.point) || compare(one.clock, other.clock) || compare(one.capture, other.capture);
}

function compare<T extends string | bigint>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
