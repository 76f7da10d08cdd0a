import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { aggregate, type FlowAggregator } from '../aggregate/aggregate.js';
import { captureFile, type PacketBatch, type PacketSource } from '../capture/index.js';
import type { FlowError } from '../errors.js';
import type { IntColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { CaptureCheck, type PacketFindings } from './capture-check.js';
import { Checksums, type ChecksumFindings } from './checksums.js';

/** What captures are like as a whole. */
export interface CheckReport extends PacketFindings {
  files: number;
  /** What is wrong with the files, in order; empty when all are whole. */
  damages: FlowError[];
  /** Packets that are the same, but for time to live, VLAN and link, as one at most a millisecond before. */
  duplicates: number;
  /** Flows of TCP with at least two packets, and those of them with packets one way only. */
  tcpFlows: { flows: number; oneSided: number };
  checksums: ChecksumFindings;
}

const tcp = 6;
const windowSeconds = 0.001;

/**
 * Reads captures, and tells what a user should know of them.
 * @throws {FlowError} as {@link captureFile}, where nothing good is in them
 */
export async function checkCaptures(paths: readonly string[], signal?: AbortSignal): Promise<CheckReport> {
  const check = new CaptureCheck();
  const checksums = new Checksums();
  const source = captureFile(paths, { deduplicate: windowSeconds, deduplicateBy: 'packet', fragments: 'count' });
  const look = new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform(batch: PacketBatch, _encoding, done) {
      check.add(batch);
      checksums.add(batch);
      done(null, batch);
    },
  });
  const tcpFlows = { flows: 0, oneSided: 0 };
  const count = async (batches: AsyncIterable<FlowBatch>): Promise<void> => {
    for await (const batch of batches) countFlows(batch, tcpFlows);
  };
  const stage = aggregate({ dissections: 0, features: ['protocol', 'src2dst_packets', 'dst2src_packets'] });
  await pipeline([source, look, stage, count] as unknown as [PacketSource, FlowAggregator], signal === undefined ? {} : { signal }).catch((error: unknown) => {
    if (source.errored !== null || !source.report().damages.includes(error as FlowError)) throw error;
  });
  const { files, damages, duplicates = 0 } = source.report();
  return { ...check.report(), files, damages, duplicates, tcpFlows, checksums: checksums.report() };
}

function countFlows(batch: FlowBatch, counts: CheckReport['tcpFlows']): void {
  if (batch.schema.fields.length === 0) return;
  const [protocol, there, back] = batch.columns as [IntColumn, IntColumn, IntColumn];
  for (let row = 0; row < batch.length; row++) {
    if (protocol.halves[2 * row] !== tcp || there.halves[2 * row]! + back.halves[2 * row]! < 2) continue;
    counts.flows++;
    if (back.halves[2 * row] === 0) counts.oneSided++;
  }
}
