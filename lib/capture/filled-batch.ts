import { PacketBatch, type PacketBatchFacts } from './packet-batch.js';
import { littleEndian, recordBytes, recordOffset } from './packet-record.js';
import { dataBytesOf, recordsOf, SlabLease, type SlabPool } from './slab.js';

/** The batch of what the engine put into a slab; null, and the slab goes back, when that is nothing. Origins are in the slab. */
export function filledBatch(pool: SlabPool, slab: ArrayBuffer, count: number, facts: PacketBatchFacts): PacketBatch | null {
  if (count === 0) {
    pool.give(slab);
    return null;
  }
  const [dataBytes, mostRecords] = [dataBytesOf(slab), recordsOf(slab)];
  const records = new Uint8Array(slab, dataBytes, count * recordBytes);
  const used = endOfLast(slab, count);
  if (used * 2 > dataBytes || count * 2 > mostRecords) pool.grow();
  if (used * 8 > dataBytes || count * 8 > mostRecords) {
    return new PacketBatch(new SlabLease(slab, pool), new Uint8Array(slab, 0, dataBytes), records, facts);
  }
  // A few packets of a slow source would hold a whole slab each.
  const memory = pool.takeSmall(used + records.length);
  new Uint8Array(memory).set(new Uint8Array(slab, 0, used));
  new Uint8Array(memory, used).set(records);
  const origins = facts.origins?.copy() ?? null;
  pool.give(slab);
  return new PacketBatch(new SlabLease(memory, pool), new Uint8Array(memory, 0, used), new Uint8Array(memory, used, records.length), { ...facts, origins });
}

/** Where the last packet's bytes end, rounded up so that records can stand behind them. */
function endOfLast(slab: ArrayBuffer, count: number): number {
  const last = new DataView(slab, dataBytesOf(slab) + (count - 1) * recordBytes, recordBytes);
  return (last.getUint32(recordOffset.dataOffset, littleEndian) + last.getUint32(recordOffset.capturedLength, littleEndian) + 7) & ~7;
}
