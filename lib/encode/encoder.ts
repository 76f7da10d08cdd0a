import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';

/** Bytes that an encoder gives: one piece, or several that follow each other. They may be memory of the batch, which nobody writes to. */
export type Encoded = Uint8Array | readonly Uint8Array[];

/**
 * A file format: turns batches into bytes, without a stream. Called as `start`, any number of `encode`, `finish`, each when the one before is done;
 * the bytes that it gave, in that order, are the file. Bytes that were given are never touched again, and don't depend on how flows were divided
 * into calls. A format whose work is done by another thread gives promises.
 */
export interface Encoder {
  /** Most rows that one call of `encode` should take, so that it stays well under 5 ms where it works on the JavaScript thread. */
  readonly stride: number;
  /** What stands before the first flow. Called once; every batch has this schema's columns. */
  start(schema: Schema): Uint8Array;
  /** Rows `from` to `to` (exclusive). May return no bytes yet, where a format gathers rows. */
  encode(batch: FlowBatch, from: number, to: number): Encoded | Promise<Encoded>;
  /** What stands after the last flow. */
  finish(): Encoded | Promise<Encoded>;
  /** Frees what a file that is not wanted any more would leave behind; a call under way rejects. Also called after `finish`, for nothing. */
  close?(): Promise<void>;
}

/** The bytes as one piece, in memory of their own if there are several. */
export function joinBytes(encoded: Encoded): Uint8Array {
  if (encoded instanceof Uint8Array) return encoded;
  return encoded.length === 1 ? encoded[0]! : ownBytes(encoded);
}

/** The pieces as one, in memory that belongs to nobody else. */
export function ownBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = Buffer.allocUnsafeSlow(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Text that one call of an encoder may take, in bytes; a single row may have more. */
const textBudget = 128 << 10;

/** Where the rows of the next call of an encoder end: at its stride, or earlier where texts are long. */
export function strideEnd(encoder: Encoder, batch: FlowBatch, from: number): number {
  let rows = Math.min(encoder.stride, batch.length - from);
  while (rows > 1 && textBytes(batch, from, from + rows) > Math.max(textBudget, 512 * rows)) rows >>= 1;
  return from + rows;
}

/** Bytes of the texts of rows `from` to `to` (exclusive). */
export function textBytes(batch: FlowBatch, from: number, to: number): number {
  let size = 0;
  for (const column of batch.columns) if (column.type === 'text') size += column.offsets[to]! - column.offsets[from]!;
  return size;
}
