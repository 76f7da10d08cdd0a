import type { CaptureCounts } from '../capture-report.js';
import type { PacketBatchFacts } from '../packet-batch.js';
import type { Reading, ReadingStep } from '../reading.js';
import { PacketOrder, type OrderOptions } from './packet-order.js';

/** The packets of a reading in order, and without what is there twice; the reading itself where nothing of it was asked for. */
export function inOrder(reading: Reading, options: OrderOptions, facts: PacketBatchFacts, counts: CaptureCounts): Reading {
  const order = PacketOrder.of(options, facts, counts);
  return order === null ? reading : new OrderedReading(reading, order);
}

class OrderedReading implements Reading {
  readonly #reading: Reading;
  readonly #order: PacketOrder;
  #steps: ReadingStep[] = [];
  #ended = false;
  #working = false;

  constructor(reading: Reading, order: PacketOrder) {
    this.#reading = reading;
    this.#order = order;
  }

  async next(): Promise<ReadingStep | null> {
    for (;;) {
      const ready = this.#steps.shift();
      if (ready !== undefined) return ready;
      if (this.#ended) return null;
      const step = await this.#reading.next();
      this.#ended = step === null;
      if (step !== null && step.damages.length > 0) this.#steps.push({ batch: null, damages: step.damages });
      this.#working = true;
      const batches = step === null ? await this.#order.end() : step.batch === null ? [] : await this.#order.put(step.batch);
      for (const batch of batches) this.#steps.push({ batch, damages: [] });
      this.#working = false;
    }
  }

  /** Nothing is said of the time while packets wait. */
  silentMs(): number | undefined {
    return this.#working || this.#order.waits || this.#steps.length > 0 ? undefined : this.#reading.silentMs();
  }

  cancel(): void {
    this.#reading.cancel();
  }

  close(): void {
    this.#order.close();
    this.#reading.close();
  }
}
