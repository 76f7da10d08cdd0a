import type { NativeCapture, NativeReadResult } from '../../typings/native.js';
import { FlowError, type FlowErrorCode } from '../errors.js';
import { asFlowError } from '../native.js';
import { PacketBatch } from './packet-batch.js';
import { recordBytes, littleEndian, recordOffset } from './packet-record.js';
import type { DecodeTunnels } from '../schema/tunnels.js';
import { SlabLease, slabDataBytes, slabRecords, type SlabPool } from './slab.js';

/** What one read gave: `batch` is null when there was no packet in it. */
export interface RunStep {
  readonly status: NativeReadResult['status'];
  readonly batch: PacketBatch | null;
  readonly damage: FlowError | null;
}

/** One capture on its way through the addon: reads it batch by batch into slabs of a pool. */
export class CaptureRun {
  readonly #capture: NativeCapture;
  readonly #pool: SlabPool;
  readonly #facts: { file: string | null; decodeTunnels: DecodeTunnels };
  counters = { packets: 0, filtered: 0, bytesIn: 0 };

  constructor(capture: NativeCapture, pool: SlabPool, facts: { file: string | null; decodeTunnels: DecodeTunnels }) {
    this.#capture = capture;
    this.#pool = pool;
    this.#facts = facts;
  }

  /** Reads until a slab is full or nothing more is there. One at a time. `live`: what follows may be long in coming. */
  async read(live: boolean): Promise<RunStep> {
    const slab = this.#pool.take();
    const result = await this.#capture.read(slab, slabRecords).catch((error: unknown) => {
      throw asFlowError(error);
    });
    this.counters = this.#capture.counters();
    return { status: result.status, batch: this.#batch(slab, result, live), damage: this.#damage(result) };
  }

  /** Gives bytes to a capture that has no descriptor; null ends it. */
  push(bytes: Uint8Array | null): void {
    this.#capture.push(bytes);
  }

  /** Makes a read under way, and every later one, end as 'cancelled'. */
  cancel(): void {
    this.#capture.cancel();
  }

  /** Frees the descriptor. Not while a read is under way. */
  close(): void {
    this.#capture.close();
  }

  #batch(slab: ArrayBuffer, { count, firstNumber, firstOffset }: NativeReadResult, live: boolean): PacketBatch | null {
    if (count === 0) {
      this.#pool.give(slab);
      return null;
    }
    const facts = { ...this.#facts, firstNumber, firstOffset, live, damage: null };
    const records = new Uint8Array(slab, slabDataBytes, count * recordBytes);
    const used = endOfLast(slab, count);
    if (used * 8 > slabDataBytes || count * 8 > slabRecords) {
      return new PacketBatch(new SlabLease(slab, this.#pool), new Uint8Array(slab, 0, slabDataBytes), records, facts);
    }
    // A few packets of a slow source would hold a whole slab each.
    const memory = new ArrayBuffer(used + records.length);
    new Uint8Array(memory).set(new Uint8Array(slab, 0, used));
    new Uint8Array(memory, used).set(records);
    this.#pool.give(slab);
    return new PacketBatch(new SlabLease(memory, null), new Uint8Array(memory, 0, used), new Uint8Array(memory, used), facts);
  }

  #damage({ damage }: NativeReadResult): FlowError | null {
    if (damage === undefined) return null;
    const { file } = this.#facts;
    const place = { ...(file !== null && { file }), ...(damage.packet > 0 && { packet: damage.packet }), offset: damage.offset };
    return new FlowError(damage.code as FlowErrorCode, file === null ? damage.text : `${shownName(file)}: ${damage.text}`, place);
  }
}

/** Where the last packet's bytes end, rounded up so that records can stand behind them. */
function endOfLast(slab: ArrayBuffer, count: number): number {
  const last = new DataView(slab, slabDataBytes + (count - 1) * recordBytes, recordBytes);
  return (last.getUint32(recordOffset.dataOffset, littleEndian) + last.getUint32(recordOffset.capturedLength, littleEndian) + 7) & ~7;
}

/** How a message names a source. */
export function shownName(file: string): string {
  return file === '-' ? 'standard input' : file;
}
