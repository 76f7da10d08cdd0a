import type { Table } from 'apache-arrow';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FlowBatch } from '../../flows/flow-batch.js';
import { packageArrow } from '../../package-arrow.js';
import { toArrow } from '../exporter.js';

/**
 * All flows of a stream of batches as a table of apache-arrow. It holds what Arrow's stream format has of them.
 * @throws {FlowError} as {@link toArrow}, and the errors of the stream
 */
export async function tableOf(batches: AsyncIterable<FlowBatch> | Iterable<FlowBatch>): Promise<Table> {
  const pieces: Uint8Array[] = [];
  const collect = new Writable({
    write(piece: Uint8Array, _encoding, callback) {
      pieces.push(piece);
      callback();
    },
  });
  const source = batches instanceof Readable ? batches : Readable.from(batches, { highWaterMark: 1 });
  await pipeline(source, toArrow(), collect);
  return packageArrow().tableFromIPC(Buffer.concat(pieces));
}
