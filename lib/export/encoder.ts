import type { FlowBatch } from '../aggregate/flow-batch.js';
import type { Schema } from '../schema/schema.js';

/**
 * A file format: turns batches into bytes, without a stream. Called as `start`, any number of `encode`, `finish`; the bytes that it returned, in
 * that order, are the file. Bytes that were returned are never touched again, and don't depend on how flows were divided into calls.
 */
export interface Encoder {
  /** Most rows that one call of `encode` should take, so that it stays well under 5 ms. */
  readonly stride: number;
  /** What stands before the first flow. Called once; every batch has this schema's columns. */
  start(schema: Schema): Uint8Array;
  /** Rows `from` to `to` (exclusive). May return no bytes yet, where a format gathers rows. */
  encode(batch: FlowBatch, from: number, to: number): Uint8Array;
  /** What stands after the last flow. */
  finish(): Uint8Array;
  /** Frees what a file that is not wanted any more would leave behind; a call under way rejects. Also called after `finish`, for nothing. */
  close?(): void;
}

/** Text that one call of an encoder may take, in bytes; a single row may have more. */
const textBudget = 128 << 10;

/** Where the rows of the next call of an encoder end: at its stride, or earlier where texts are long. */
export function strideEnd(encoder: Encoder, batch: FlowBatch, from: number): number {
  let rows = Math.min(encoder.stride, batch.length - from);
  while (rows > 1 && textBytes(batch, from, from + rows) > Math.max(textBudget, 512 * rows)) rows >>= 1;
  return from + rows;
}

function textBytes(batch: FlowBatch, from: number, to: number): number {
  let size = 0;
  for (const column of batch.columns) if (column.type === 'text') size += column.offsets[to]! - column.offsets[from]!;
  return size;
}
