import type { PacketBatch } from './packet-batch.js';

/** Watches whether the files of one timeline follow each other in time. */
export class FileOrder {
  #place = -1;
  #file: string | null = null;
  #lastNs = 0n;

  /**
   * Notes the next batch of the timeline, of the file at this place in the list. Gives the file before it when the batch begins a new
   * one with an earlier time, else null.
   */
  note(batch: PacketBatch, place: number): string | null {
    const [before, lastNs] = [this.#file, this.#lastNs];
    const begins = place !== this.#place;
    this.#place = place;
    this.#file = batch.file;
    this.#lastNs = batch.at(-1)!.timeNs;
    return begins && before !== null && batch.at(0)!.timeNs < lastNs ? before : null;
  }
}
