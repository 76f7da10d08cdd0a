import { PacketBatch } from '../capture/packet-batch.js';
import { FlowError } from '../errors.js';

/** Chunks as the batches that they have to be. @throws {FlowError} ERR_NFSTREAM_BATCH_TYPE */
export function packetBatches(chunks: readonly unknown[]): PacketBatch[] {
  const batches = chunks.filter((chunk) => chunk instanceof PacketBatch);
  if (batches.length === chunks.length) return batches;
  throw new FlowError(
    'ERR_NFSTREAM_BATCH_TYPE',
    'aggregate() takes PacketBatch objects, as captureFile() and captureStream() give them; put one of these before it.',
  );
}

/** Batches in a row that are of one run. Damage is in a batch of its own, which belongs to the run before it. */
export function byRun(batches: readonly PacketBatch[]): PacketBatch[][] {
  const groups: PacketBatch[][] = [];
  for (const batch of batches) {
    if (batch.damage !== null) continue;
    const last = groups.at(-1);
    if (last !== undefined && last[0]!.fileIndex === batch.fileIndex) last.push(batch);
    else groups.push([batch]);
  }
  return groups;
}
