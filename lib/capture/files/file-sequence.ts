import { FlowError } from '../../errors.js';
import type { CaptureCounts } from '../capture-report.js';
import { CaptureRun } from '../capture-run.js';
import { shownName } from '../../open-error.js';
import { openInput, type ReadingOptions } from './open-input.js';
import { PacketBatch, type PacketBatchFacts } from '../packet-batch.js';
import type { Reading, ReadingStep } from '../reading.js';
import type { SlabPool } from '../slab.js';

/** The file that is being read. */
interface OpenFile {
  readonly run: CaptureRun;
  readonly facts: PacketBatchFacts;
  readonly live: boolean;
  /** Whether a batch of it was given. */
  given: boolean;
}

/** Reads files one after the other, as one timeline or each as a run of its own. */
export class FileSequence implements Reading {
  readonly #paths: readonly string[];
  readonly #options: ReadingOptions & { readonly perFile: boolean };
  /** What every batch of the source has. */
  readonly #facts: PacketBatchFacts;
  readonly #counts: CaptureCounts;
  readonly #pool: SlabPool;
  readonly #order = new FileOrder();
  #file: OpenFile | null = null;
  #next = 0;
  /** The largest time so far, in milliseconds. */
  #largestMs = -Infinity;
  #cancelled = false;

  constructor(
    paths: readonly string[],
    options: ReadingOptions & { readonly perFile: boolean },
    facts: PacketBatchFacts,
    counts: CaptureCounts,
    pool: SlabPool,
  ) {
    this.#paths = paths;
    this.#options = options;
    this.#facts = facts;
    this.#counts = counts;
    this.#pool = pool;
  }

  async next(): Promise<ReadingStep | null> {
    if (this.#file === null) {
      if (this.#cancelled || this.#next === this.#paths.length) return null;
      const damage = await this.#openNext();
      if (damage !== null) return { batch: null, damages: [damage] };
    }
    const file = this.#file!;
    const { status, batch, damage } = await file.run.read(file.live);
    this.#counts.update(file.run.counters);
    this.#options.notes?.add(file.facts.file!, file.run.takeNotes());
    if (status === 'end') this.#counts.sound = true;
    if (status !== 'packets') {
      this.#largestMs = file.run.counters.largestMs;
      this.close();
    }
    if (batch !== null && !this.#options.perFile) this.#noteOrder(batch);
    // A run of its own is one without packets, too.
    const empty = batch === null && status === 'end' && !file.given && this.#options.perFile;
    file.given ||= batch !== null;
    return { batch: empty ? PacketBatch.empty(file.facts) : batch, damages: damage === null ? [] : [damage] };
  }

  silentMs(): number | undefined {
    return this.#file?.run.silentMs();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#file?.run.cancel();
  }

  close(): void {
    this.#file?.run.close();
    this.#file = null;
  }

  /** @returns why it could not be opened, or null */
  async #openNext(): Promise<FlowError | null> {
    const index = this.#next++;
    const path = this.#paths[index]!;
    this.#counts.begin();
    try {
      const { capture, live } = await openInput(path, this.#options, { follow: false, largestMs: this.#options.perFile ? -Infinity : this.#largestMs });
      const facts = { ...this.#facts, file: path, fileIndex: this.#options.perFile ? index : null };
      this.#file = { run: new CaptureRun(capture, this.#pool, facts), facts, live, given: false };
    } catch (error) {
      if (error instanceof FlowError) return error;
      throw error;
    }
    // Whoever asked for an end meanwhile had nothing to cancel.
    if (this.#cancelled) this.#file.run.cancel();
    return null;
  }

  #noteOrder(batch: PacketBatch): void {
    const before = this.#order.note(batch, this.#next);
    if (before === null) return;
    this.#counts.outOfOrderFiles.push(batch.file!);
    const message = `${shownName(batch.file!)} begins before ${shownName(before)} ends; its packets are counted at the time that the clock had reached.`;
    process.emitWarning(message, { type: 'FlowWarning', code: 'NFSTREAM_FILE_ORDER' });
  }
}

/** Watches whether the files of one timeline follow each other in time. */
class FileOrder {
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
