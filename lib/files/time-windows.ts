import type { FlowBatch } from '../flows/flow-batch.js';
import { timeOf } from './flow-time.js';

/** Rows of a batch that go into files of one window. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  /** Whether files of the window before must be closed first. */
  readonly begins: boolean;
  /** The time by which a file is named whose first row is this one. */
  readonly msOf: (row: number) => number;
}

/**
 * Divides flows by time into windows of equal length, which begin at multiples of it since 1970 in UTC. Time never runs backwards here: flows come in
 * the order in which they end, so one whose last packet is older than the window was waited for, and goes with the others.
 */
export class TimeWindows {
  readonly #lengthMs: number;
  readonly #needsTime: boolean;
  #endMs = -Infinity;

  /** @param seconds length of a window, Infinity for one that never ends, @param needsTime whether files are named by time */
  constructor(seconds: number, needsTime: boolean) {
    this.#lengthMs = seconds * 1000;
    this.#needsTime = needsTime;
  }

  /** When the window ends, in milliseconds since 1970; -Infinity before the first flow. */
  get endMs(): number {
    return this.#endMs;
  }

  /** The rows of a batch, window by window. */
  *segments(batch: FlowBatch): Generator<Segment, undefined> {
    const length = batch.length;
    if (length === 0) return;
    const windowed = this.#lengthMs !== Infinity;
    const msOf = windowed || this.#needsTime ? timeOf(batch) : () => 0;
    if (!windowed) return yield { from: 0, to: length, begins: false, msOf };
    for (let from = 0; from < length;) {
      const begins = msOf(from) >= this.#endMs;
      if (begins) this.#endMs = (Math.floor(msOf(from) / this.#lengthMs) + 1) * this.#lengthMs;
      const startMs = this.#endMs - this.#lengthMs;
      let to = from + 1;
      while (to < length && msOf(to) < this.#endMs) to++;
      yield { from, to, begins, msOf: () => startMs };
      from = to;
    }
  }
}
