import type { FlowError } from '../errors.js';
import type { PacketBatch } from './packet-batch.js';

/** What one step through the files of a source gave. */
export interface ReadingStep {
  readonly batch: PacketBatch | null;
  /** What was found wrong on the way. */
  readonly damages: readonly FlowError[];
}

/** A way through the files of a source: one after the other, or all as one timeline. It counts what it reads. */
export interface Reading {
  /** The next step; null at the end. One at a time. Throws what is wrong with the reading itself. */
  next(): Promise<ReadingStep | null>;
  /** The time by packets while nothing comes, in milliseconds; undefined while something waits to be taken, and where nothing is read that may be silent. */
  silentMs(): number | undefined;
  /** Ends a step under way soon, and everything behind it. */
  cancel(): void;
  /** Frees the descriptors. Not while a step is under way. */
  close(): void;
}
