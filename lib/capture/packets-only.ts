import type { PacketBatch } from './packet-batch.js';

/** The batches of a source for an iteration, which throws damage by itself: without the one that only tells of it. */
export async function* packetsOnly(batches: AsyncIterable<PacketBatch>): AsyncGenerator<PacketBatch, undefined> {
  for await (const batch of batches) if (batch.damage === null) yield batch;
  return undefined;
}
