import type { PacketBatch } from '../capture/packet-batch.js';

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
