import { stat } from 'node:fs/promises';
import { checkPaths } from '../arguments.js';
import { FlowError } from '../errors.js';
import { shownName } from '../open-error.js';
import { readsFrom } from '../stage/inputs.js';
import { noteDamage } from '../stage/run-state.js';
import { Source } from '../stage/source.js';
import { checkFileOptions, type CaptureFileOptions } from './capture-options.js';
import type { CaptureNotes } from './capture-notes.js';
import { CaptureCounts, type CaptureReport } from './capture-report.js';
import { FileMerge } from './files/file-merge.js';
import { FileSequence } from './files/file-sequence.js';
import { findCaptures, findCapturesSoFar } from './find-captures.js';
import { FileFollower, type RestartReason } from './follow/file-follower.js';
import { FolderPaths } from './follow/folder-paths.js';
import { SamePath } from './follow/followed-paths.js';
import { noFacts, PacketBatch, type PacketBatchFacts } from './packet-batch.js';
import { inOrder } from './order/ordered-reading.js';
import { packetsOnly } from './packets-only.js';
import type { Reading } from './reading.js';
import { SlabPool } from './slab.js';

/**
 * The stage that reads captures: gives {@link PacketBatch} objects. Made by {@link captureFile}. Iterating it throws damage after the
 * last batch, unless a stage further on tells it.
 */
export class PacketSource extends Source<PacketBatch> {
  readonly #paths: readonly string[];
  readonly #options: ReturnType<typeof checkFileOptions>;
  readonly #counts = new CaptureCounts();
  #reading: Reading | null = null;
  #stopping = false;

  readonly #notes: CaptureNotes | undefined;

  /** @internal @param notes takes what the captures say beside their packets */
  constructor(paths: string | readonly string[], options?: CaptureFileOptions, notes?: CaptureNotes) {
    const checked = checkFileOptions(options);
    const checkedPaths = checkPaths('the capture', paths, 'ERR_NFSTREAM_OPTION_RANGE');
    if (checked.follow && checkedPaths.length > 1)
      throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `follow waits for more of one capture, or of one directory, and not of ${checkedPaths.length} paths.`);
    super('captureFile()');
    this.#paths = checkedPaths;
    this.#options = checked;
    this.#notes = notes;
    if (checked.silentClock) this.run.clock = () => (this.readableLength > 0 ? undefined : this.#reading?.silentMs());
    this.run.inputs = () => this.#inputs();
    readsFrom(this, this.run.inputs);
    this.abortWith(checked.signal);
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

  protected override async close(): Promise<void> {
    this.run.clock = undefined;
    this.#reading?.cancel();
    await this.settled; // a read under way writes into its slab: the descriptor is freed behind it
    this.#reading?.close();
  }

  /** The batches; damage that no stage further on tells is thrown after the last one. */
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined> {
    return packetsOnly(super[Symbol.asyncIterator]());
  }

  protected override async deliver(): Promise<void> {
    const batch = await this.#nextBatch();
    if (this.destroyed) return;
    if (batch !== null) {
      this.push(batch);
      return;
    }
    const [damage] = this.#counts.damages;
    if (damage !== undefined) {
      if (!this.#counts.sound && this.#counts.packets === 0) throw damage;
      noteDamage(this.run, damage);
      this.push(PacketBatch.ofDamage(damage, this.#options.decodeTunnels, this.run));
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
    this.run.clock = undefined;
    return null;
  }

  async #inputs(): Promise<string[]> {
    const captures = await (this.#options.follow ? findCapturesSoFar : findCaptures)(this.#paths);
    return captures.map((capture) => capture.path);
  }

  async #follow(path: string, facts: PacketBatchFacts): Promise<Reading> {
    const isFolder = path !== '-' && (await stat(path).catch(() => null))?.isDirectory() === true;
    const paths = isFolder ? new FolderPaths(path) : new SamePath(path);
    const follower = new FileFollower(paths, this.#options, facts, this.#counts, new SlabPool(), (file, reason) => this.#tellRestart(file, reason));
    return inOrder(follower, this.#options, facts, this.#counts);
  }

  #tellRestart(file: string, reason: RestartReason): void {
    if (this.emit('restart', file, reason)) return;
    const what = reason === 'truncated' ? 'was cut short' : 'is another file by now';
    process.emitWarning(`${shownName(file)} ${what}; it is read from its beginning.`, { type: 'FlowWarning', code: 'NFSTREAM_FILE_RESTART' });
  }

  async #open(): Promise<Reading> {
    await this.#options.filter.ready();
    const facts = { ...noFacts, decodeTunnels: this.#options.decodeTunnels, stop: () => this.stop(), run: this.run };
    if (this.#options.follow) return this.#follow(this.#paths[0]!, facts);
    const captures = await findCaptures(this.#paths);
    const paths = captures.map((capture) => capture.path);
    const bytes = captures.reduce((sum, capture) => sum + capture.bytes, 0);
    this.#counts.bytesTotal = Number.isNaN(bytes) ? 0 : bytes;
    const Way = this.#options.merge && paths.length > 1 ? FileMerge : FileSequence;
    const options = { ...this.#options, notes: this.#notes };
    return inOrder(new Way(paths, options, facts, this.#counts, new SlabPool()), options, facts, this.#counts);
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
 * destroyed with ERR_NFSTREAM_FILTER for a filter that takes long to compile (of more than 512 characters, or with the name of a host), with
 * ERR_NFSTREAM_NO_CAPTURES for an empty directory and ERR_NFSTREAM_MERGE for files that can't be merged.
 * ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_EMPTY_FILE, ERR_NFSTREAM_NOT_A_CAPTURE,
 * ERR_NFSTREAM_LINK_TYPE, ERR_NFSTREAM_READ, ERR_NFSTREAM_TRUNCATED, ERR_NFSTREAM_CORRUPT, ERR_NFSTREAM_COMPRESSION are damage as `onDamage`
 * says, and destroy the stream when no file has anything good.
 */
export function captureFile(paths: string | readonly string[], options?: CaptureFileOptions): PacketSource {
  return new PacketSource(paths, options);
}

/**
 * The same of files that are read once more to write their packets elsewhere.
 * @param notes takes what the captures say beside their packets
 * @throws {FlowError} as {@link captureFile}
 */
export function captureWithNotes(paths: readonly string[], options: CaptureFileOptions, notes: CaptureNotes): PacketSource {
  return new PacketSource(paths, options, notes);
}
