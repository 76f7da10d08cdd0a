import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import type { FlowError } from '../../lib/errors.js';
import type { FlowReader } from '../../lib/read/flow-reader.js';

/** What a reader gave: its rows as files have them, its columns' types, and how it ended. */
export interface WhatWasRead {
  rows: Record<string, unknown>[];
  types: Record<string, string>;
  batches: FlowBatch[];
  error: FlowError | null;
}

/** Reads everything, up to the end or the error. */
export async function readAll(reader: FlowReader): Promise<WhatWasRead> {
  const read: WhatWasRead = { rows: [], types: {}, batches: [], error: null };
  try {
    for await (const batch of reader) {
      read.batches.push(batch);
      for (const field of batch.schema.fields) read.types[field.name] = `${field.type}${field.nullable === true ? '?' : ''}`;
      for (const flow of batch) read.rows.push(flow.toJSON());
    }
  } catch (error) {
    read.error = error as FlowError;
  }
  return read;
}

/** A stream of these bytes in pieces of a size. */
export async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
