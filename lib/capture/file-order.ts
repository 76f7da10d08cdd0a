import type { PacketBatch } from './packet-batch.js';

/** Watches whether the files of one timeline follow each other in time. */
export class FileOrder {
  #file: string | null = null;
  #lastNs: bigint | null = null;

  /** Notes the next batch of the timeline. Gives the file before it when the batch begins a new file with an earlier time, else null. */
  note(batch: PacketBatch): string | null {
    const [before, lastNs] = [this.#file, this.#lastNs];
    this.#file = batch.file;
    this.#lastNs = batch.at(-1)!.timeNs;
    return before !== null && before !== batch.file && lastNs !== null && batch.at(0)!.timeNs < lastNs ? before : null;
  }
}
