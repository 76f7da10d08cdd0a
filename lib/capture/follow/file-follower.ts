import { FlowError } from '../../errors.js';
import type { CaptureCounts } from '../capture-report.js';
import { CaptureRun } from '../capture-run.js';
import { openInput, type ReadingOptions } from '../files/open-input.js';
import { PacketBatch, type PacketBatchFacts } from '../packet-batch.js';
import type { Reading, ReadingStep } from '../reading.js';
import type { SlabPool } from '../slab.js';
import type { FollowedPaths } from './followed-paths.js';

/** Why a file that is followed is read anew. */
export type RestartReason = 'truncated' | 'replaced';

/** The file that is being read. */
interface OpenFile {
  readonly path: string;
  readonly run: CaptureRun;
  readonly facts: PacketBatchFacts;
  readonly live: boolean;
  /** Whether a batch of it was given. */
  given: boolean;
}

/** Reads captures that grow, each to its end, and the last one for as long as it is not stopped. */
export class FileFollower implements Reading {
  readonly #paths: FollowedPaths;
  readonly #options: ReadingOptions & { readonly perFile: boolean };
  /** What every batch of the source has. */
  readonly #facts: PacketBatchFacts;
  readonly #counts: CaptureCounts;
  readonly #pool: SlabPool;
  readonly #onRestart: (path: string, reason: RestartReason) => void;
  #file: OpenFile | null = null;
  #opened = 0;
  #largestMs = -Infinity;
  #cancelled = false;

  /** @param onRestart told of a file that is read anew from its beginning */
  constructor(
    paths: FollowedPaths,
    options: ReadingOptions & { readonly perFile: boolean },
    facts: PacketBatchFacts,
    counts: CaptureCounts,
    pool: SlabPool,
    onRestart: (path: string, reason: RestartReason) => void,
  ) {
    this.#paths = paths;
    this.#options = options;
    this.#facts = facts;
    this.#counts = counts;
    this.#pool = pool;
    this.#onRestart = onRestart;
  }

  async next(): Promise<ReadingStep | null> {
    if (this.#file === null) {
      const path = this.#cancelled ? null : await this.#nextPath();
      if (path === null) return null;
      if (path instanceof FlowError) return { batch: null, damages: [path] };
      const damage = await this.#open(path);
      if (damage !== null) return { batch: null, damages: [damage] };
    }
    const file = this.#file!;
    const { status, batch, damage } = await file.run.read(file.live);
    this.#counts.update(file.run.counters);
    if (status === 'end') this.#counts.sound = true;
    // A run of its own is one without packets, too.
    const empty = batch === null && status === 'end' && !file.given && this.#options.perFile;
    file.given ||= batch !== null;
    if (status !== 'packets') await this.#end(file);
    return { batch: empty ? PacketBatch.empty(file.facts) : batch, damages: damage === null ? [] : [damage] };
  }

  /** The next path, null behind the last one, or why there is none: what was read before stays good. */
  async #nextPath(): Promise<string | FlowError | null> {
    try {
      return await this.#paths.next();
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      this.#cancelled = true;
      return error;
    }
  }

  silentMs(): number | undefined {
    return this.#file?.run.silentMs();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#paths.close();
    this.#file?.run.cancel();
  }

  close(): void {
    this.#paths.close();
    this.#closeFile();
  }

  #closeFile(): void {
    this.#file?.run.close();
    this.#file = null;
  }

  async #end({ path, run }: OpenFile): Promise<void> {
    const { ending } = run;
    if (!this.#options.perFile) this.#largestMs = run.counters.largestMs;
    this.#closeFile();
    if (this.#cancelled) return;
    if (ending === 'whole') return this.#paths.readTo(path);
    this.#paths.again();
    this.#onRestart(path, ending);
  }

  /** @returns why it could not be opened, or null */
  async #open(path: string): Promise<FlowError | null> {
    const index = this.#opened++;
    this.#counts.begin();
    try {
      const { capture, live } = await openInput(path, this.#options, { follow: true, largestMs: this.#largestMs });
      const facts = { ...this.#facts, live, file: path, fileIndex: this.#options.perFile ? index : null };
      this.#file = { path, run: new CaptureRun(capture, this.#pool, facts), facts, live, given: false };
    } catch (error) {
      if (error instanceof FlowError) return error;
      throw error;
    }
    const { run } = this.#file;
    // Whoever asked for an end meanwhile had nothing to cancel.
    if (this.#cancelled) run.cancel();
    if (!this.#paths.isLast(() => run.finish())) run.finish();
    return null;
  }
}
