import type { CaptureCounts } from '../capture-report.js';
import type { PacketBatchFacts } from '../packet-batch.js';
import type { Reading } from '../reading.js';
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

/** The reading itself where nothing of it was asked for. */
export function inOrder(reading: Reading, options: OrderOptions, facts: PacketBatchFacts, counts: CaptureCounts): Reading {
  const ordered =
    options.reorder > 0 ? new Reordering(reading, options.reorder, options.reorderBytes, facts, (counts.order = { reordered: 0, late: 0, early: 0 })) : reading;
  return options.deduplicate > 0 ? new Deduplication(ordered, options.deduplicate, options.deduplicateBy, counts) : ordered;
}
