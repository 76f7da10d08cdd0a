import { addAbortSignal, Readable } from 'node:stream';
import { checkPaths } from '../arguments.js';
import { FlowError } from '../errors.js';
import { checkFileOptions, type CaptureFileOptions } from './capture-options.js';
import { CaptureCounts, type CaptureReport } from './capture-report.js';
import { FileMerge } from './file-merge.js';
import { FileSequence } from './file-sequence.js';
import { findCaptures } from './find-captures.js';
import { noFacts, PacketBatch } from './packet-batch.js';
import { raiseDamage } from './raise-damage.js';
import type { Reading } from './reading.js';
import { SlabPool } from './slab.js';

/**
 * The stage that reads captures: gives {@link PacketBatch} objects. Made by {@link captureFile}. Iterating it raises damage after the
 * last batch.
 */
export class PacketSource extends Readable {
  readonly #paths: readonly string[];
  readonly #options: ReturnType<typeof checkFileOptions>;
  readonly #counts = new CaptureCounts();
  #reading: Reading | null = null;
  #stopping = false;
  #iterated = false;
  #work: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(paths: string | readonly string[], options?: CaptureFileOptions) {
    const checked = checkFileOptions(options);
    super({ objectMode: true, highWaterMark: 2 });
    this.#paths = checkPaths('the capture', paths, 'ERR_NFSTREAM_OPTION_RANGE');
    this.#options = checked;
    // Not by the constructor of Readable: a signal that is aborted already would destroy what is not yet made.
    if (checked.signal !== undefined) addAbortSignal(checked.signal, this);
  }

  /** What was read so far; final after the end. */
  report(): CaptureReport {
    return this.#counts.report();
  }

  /** Ends the source gracefully, at once on a silent pipe: what was read is delivered, then the stream ends normally. */
  stop(): void {
    this.#stopping = true;
    this.#reading?.cancel();
  }

  override _read(): void {
    this.#work = this.#deliver().catch((error: unknown) => {
      this.destroy(error as Error);
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#reading?.cancel();
    // A read under way writes into its slab: the descriptor is freed behind it.
    void this.#work.then(() => {
      this.#reading?.close();
      callback(error);
    });
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    this.#requireUnused();
    return super.pipe(destination, options);
  }

  /** The batches; damage is thrown after the last one. */
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined> {
    this.#requireUnused();
    this.#iterated = true;
    return raiseDamage({ [Symbol.asyncIterator]: () => super[Symbol.asyncIterator]() as AsyncIterator<PacketBatch> });
  }

  #requireUnused(): void {
    if (this.#iterated || this.readableEnded || (this.destroyed && this.errored === null)) {
      throw new FlowError('ERR_NFSTREAM_STAGE_REUSED', 'This source was used already; stages are single-use, so call captureFile() again for each run.');
    }
  }

  /** Gives the next batch, or the end. */
  async #deliver(): Promise<void> {
    const batch = await this.#nextBatch();
    if (this.destroyed) return;
    if (batch !== null) {
      this.push(batch);
      return;
    }
    const [damage] = this.#counts.damages;
    if (damage !== undefined) {
      if (!this.#counts.sound && this.#counts.packets === 0) throw damage;
      this.push(PacketBatch.ofDamage(damage, this.#options.decodeTunnels));
    }
    this.push(null);
  }

  async #nextBatch(): Promise<PacketBatch | null> {
    this.#reading ??= await this.#open();
    // Whoever asked for an end meanwhile had nothing to cancel.
    if (this.#stopping || this.destroyed) this.#reading.cancel();
    for (;;) {
      const step = await this.#reading.next();
      if (step === null) break;
      for (const damage of step.damages) this.#damaged(damage);
      if (step.batch !== null) return step.batch;
    }
    this.#reading.close();
    return null;
  }

  async #open(): Promise<Reading> {
    const captures = await findCaptures(this.#paths);
    const paths = captures.map((capture) => capture.path);
    const bytes = captures.reduce((sum, capture) => sum + capture.bytes, 0);
    this.#counts.bytesTotal = Number.isNaN(bytes) ? 0 : bytes;
    const facts = { ...noFacts, decodeTunnels: this.#options.decodeTunnels, stop: () => this.stop() };
    const Way = this.#options.merge && paths.length > 1 ? FileMerge : FileSequence;
    return new Way(paths, this.#options, facts, this.#counts, new SlabPool());
  }

  /** Damage is told at the end, unless there is nothing good in the whole source or the caller wants no more. */
  #damaged(damage: FlowError): void {
    this.#counts.damages.push(damage);
    if (this.#options.onDamage === 'abort') throw damage;
  }
}

/**
 * Opens capture files (pcap or pcapng, plain or compressed with gzip or zstd, known by their content) as a source of packets. '-' is
 * standard input; FIFOs and sockets are read as they come; a directory stands for the captures in it, as {@link findCaptures} finds them.
 * Several files are read one after another as one timeline; `merge` merges them by time, `perFile` makes each a run of its own. Nothing
 * is opened before the first read.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_FILTER. The stream is
 * destroyed with ERR_NFSTREAM_NO_CAPTURES for an empty directory and ERR_NFSTREAM_MERGE for files that can't be merged.
 * ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_EMPTY_FILE, ERR_NFSTREAM_NOT_A_CAPTURE,
 * ERR_NFSTREAM_LINK_TYPE, ERR_NFSTREAM_READ, ERR_NFSTREAM_TRUNCATED, ERR_NFSTREAM_CORRUPT, ERR_NFSTREAM_COMPRESSION are damage as `onDamage`
 * says, and destroy the stream when no file has anything good.
 */
export function captureFile(paths: string | readonly string[], options?: CaptureFileOptions): PacketSource {
  return new PacketSource(paths, options);
}
