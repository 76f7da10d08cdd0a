import type { NativeCapture, NativeCaptureCounters, NativeNotes, NativeReadResult } from '../../typings/native.js';
import type { FlowError } from '../errors.js';
import { asFlowError } from '../native.js';
import { damageError } from './damage-error.js';
import { filledBatch } from './filled-batch.js';
import type { PacketBatch, PacketBatchFacts } from './packet-batch.js';
import { recordsOf, type SlabPool } from './slab.js';

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
  readonly #facts: PacketBatchFacts;
  counters: NativeCaptureCounters = { packets: 0, filtered: 0, bytesIn: 0, largestMs: -Infinity };

  constructor(capture: NativeCapture, pool: SlabPool, facts: PacketBatchFacts) {
    this.#capture = capture;
    this.#pool = pool;
    this.#facts = facts;
  }

  /** Reads until a slab is full or nothing more is there. One at a time. `live`: what follows may be long in coming. */
  async read(live: boolean): Promise<RunStep> {
    const slab = this.#pool.take();
    const result = await this.#capture.read(slab, recordsOf(slab)).catch((error: unknown) => {
      throw asFlowError(error);
    });
    this.counters = this.#capture.counters();
    const { status, count, firstNumber, firstOffset, damage } = result;
    const batch = filledBatch(this.#pool, slab, count, { ...this.#facts, firstNumber, firstOffset, live });
    return { status, batch, damage: damage === undefined ? null : damageError(this.#facts.file, damage) };
  }

  /** Gives bytes to a capture that has no descriptor; null ends it. */
  push(bytes: Uint8Array | null): void {
    this.#capture.push(bytes);
  }

  /** The time by packets while nothing comes; undefined while something waits to be taken, and for a file that does not grow. */
  silentMs(): number | undefined {
    return this.#capture.silentClock() ?? undefined;
  }

  /** No more is written to a file that is followed: it ends with what is there. */
  finish(): void {
    this.#capture.finish();
  }

  /** How a file that was followed came to its end. */
  get ending(): ReturnType<NativeCapture['ending']> {
    return this.#capture.ending();
  }

  /** What was noted since the last time; null for nothing. */
  takeNotes(): NativeNotes | null {
    return this.#capture.takeNotes();
  }

  /** Makes a read under way, and every later one, end as 'cancelled'. */
  cancel(): void {
    this.#capture.cancel();
  }

  /** Frees the descriptor. Not while a read is under way. */
  close(): void {
    this.#capture.close();
  }
}
