import type { FlowError } from '../errors.js';
import type { PacketBatch } from './packet-batch.js';

/** The batches of a source for an iteration: its damage is thrown after the last one. */
export async function* raiseDamage(batches: AsyncIterable<PacketBatch>): AsyncGenerator<PacketBatch, undefined> {
  let damage: FlowError | null = null;
  for await (const batch of batches) {
    damage ??= batch.damage;
    if (batch.length > 0) yield batch;
  }
  if (damage !== null) throw damage;
  return undefined;
}
