import type { CaptureCounts } from '../capture-report.js';
import type { PacketBatch, PacketBatchFacts } from '../packet-batch.js';
import { Deduplication } from './deduplication.js';
import { Reordering } from './reordering.js';

/** What is done about packets that are out of order, or there twice. */
export interface OrderOptions {
  /** Seconds; 0 for neither. */
  readonly reorder: number;
  readonly reorderBytes: number;
  readonly deduplicate: number;
  readonly deduplicateBy: 'frame' | 'packet';
}

/** Puts the packets of batches in order, and then marks those that are there twice, as was asked for. One call at a time. */
export class PacketOrder {
  readonly #reordering: Reordering | null;
  readonly #deduplication: Deduplication | null;

  private constructor(reordering: Reordering | null, deduplication: Deduplication | null) {
    this.#reordering = reordering;
    this.#deduplication = deduplication;
  }

  /** Null where nothing of it was asked for. */
  static of(options: OrderOptions, facts: PacketBatchFacts, counts: CaptureCounts): PacketOrder | null {
    const { reorder, reorderBytes, deduplicate, deduplicateBy } = options;
    if (reorder === 0 && deduplicate === 0) return null;
    const reordering = reorder > 0 ? new Reordering(reorder, reorderBytes, facts, (counts.order = { reordered: 0, late: 0, early: 0 })) : null;
    return new PacketOrder(reordering, deduplicate > 0 ? new Deduplication(deduplicate, deduplicateBy, counts) : null);
  }

  /** Whether packets wait for others. */
  get waits(): boolean {
    return this.#reordering?.waits === true;
  }

  /** Takes a batch. @returns those that can go on */
  async put(batch: PacketBatch): Promise<PacketBatch[]> {
    return this.#marked(this.#reordering === null ? [batch] : await this.#reordering.put(batch));
  }

  /** No more comes. @returns what has waited */
  async end(): Promise<PacketBatch[]> {
    return this.#marked(this.#reordering === null ? [] : await this.#reordering.end());
  }

  /** Gives up what waits. Work under way ends soon. */
  close(): void {
    this.#reordering?.close();
  }

  async #marked(batches: PacketBatch[]): Promise<PacketBatch[]> {
    for (const batch of batches) await this.#deduplication?.mark(batch);
    return batches;
  }
}
