import { stat } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { FlowError, invalidOption } from '../errors.js';
import { checkCaptureOptions, type CaptureOptions } from './capture-options.js';
import { CaptureCounts, type CaptureReport } from './capture-report.js';
import { CaptureRun, shownName } from './capture-run.js';
import { FileOrder } from './file-order.js';
import { openInput } from './open-input.js';
import { PacketBatch } from './packet-batch.js';
import { raiseDamage } from './raise-damage.js';
import { SlabPool } from './slab.js';

/**
 * The stage that reads captures: gives {@link PacketBatch} objects. Made by {@link captureFile}. Iterating it raises damage after the
 * last batch.
 */
export class PacketSource extends Readable {
  readonly #paths: readonly string[];
  readonly #options: ReturnType<typeof checkCaptureOptions>;
  readonly #counts = new CaptureCounts();
  readonly #pool = new SlabPool();
  readonly #order = new FileOrder();
  #run: CaptureRun | null = null;
  #live = false;
  #next = 0;
  #stopping = false;
  #iterated = false;
  #work: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(paths: string | readonly string[], options?: CaptureOptions) {
    const checked = checkCaptureOptions(options);
    super({ objectMode: true, highWaterMark: 2 });
    this.#paths = checkPaths(paths);
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
    this.#run?.cancel();
  }

  override _read(): void {
    this.#work = this.#deliver().catch((error: unknown) => {
      this.destroy(error as Error);
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#run?.cancel();
    // A read under way writes into its slab: the descriptor is freed behind it.
    void this.#work.then(() => {
      this.#closeRun();
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
    if (damage !== undefined) this.push(PacketBatch.ofDamage(damage, this.#options.decodeTunnels));
    this.push(null);
  }

  async #nextBatch(): Promise<PacketBatch | null> {
    for (;;) {
      if (this.destroyed) return null;
      if (this.#run === null) {
        if (this.#stopping || this.#next === this.#paths.length) return null;
        await this.#openNext();
        continue;
      }
      const { status, batch, damage } = await this.#run.read(this.#live);
      this.#counts.update(this.#run.counters);
      if (status !== 'packets') this.#closeRun();
      if (damage !== null) this.#damaged(damage);
      if (batch !== null) {
        this.#noteOrder(batch);
        return batch;
      }
    }
  }

  async #openNext(): Promise<void> {
    const path = this.#paths[this.#next]!;
    if (this.#next === 0) this.#counts.bytesTotal = await sizeOf(this.#paths);
    this.#next++;
    this.#counts.begin();
    try {
      const { capture, live } = await openInput(path, this.#options);
      this.#run = new CaptureRun(capture, this.#pool, { file: path, decodeTunnels: this.#options.decodeTunnels });
      this.#live = live;
      // Whoever asked for an end meanwhile had nothing to cancel.
      if (this.#stopping || this.destroyed) this.#run.cancel();
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      this.#damaged(error);
    }
  }

  /** Damage is delivered at the end, unless there is nothing good before it or the caller wants no more. */
  #damaged(damage: FlowError): void {
    this.#counts.damages.push(damage);
    if (this.#counts.packets === 0 || this.#options.onDamage === 'abort') throw damage;
  }

  #noteOrder(batch: PacketBatch): void {
    const before = this.#order.note(batch, this.#next);
    if (before === null) return;
    this.#counts.outOfOrderFiles.push(batch.file!);
    const message = `${shownName(batch.file!)} begins before ${shownName(before)} ends; its packets are counted at the time that the clock had reached.`;
    process.emitWarning(message, { type: 'FlowWarning', code: 'NFSTREAM_FILE_ORDER' });
  }

  #closeRun(): void {
    this.#run?.close();
    this.#run = null;
  }
}

/** Size of all files together, 0 when one is not a regular file. A file that is not there is told of when it is its turn. */
async function sizeOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map((path) =>
      (path === '-' ? stat('/dev/stdin') : stat(path)).then(
        (stats) => (stats.isFile() ? stats.size : NaN),
        () => 0,
      ),
    ),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return Number.isNaN(total) ? 0 : total;
}

function checkPaths(paths: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(paths) ? paths : [paths];
  const wrong = list.find((path) => typeof path !== 'string' || path === '');
  if (wrong !== undefined || list.includes(undefined)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the capture', 'a path or an array of paths', wrong);
  if (list.length === 0) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the capture', 'at least one path', paths);
  return list as readonly string[];
}

/**
 * Opens capture files (pcap or pcapng, plain or compressed with gzip or zstd, known by their content) as a source of packets. '-' is
 * standard input; FIFOs and sockets are read as they come. Several files are read one after another as one timeline. Nothing is
 * opened before the first read.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_FILTER. Before the
 * first packet the stream is destroyed with ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION,
 * ERR_NFSTREAM_EMPTY_FILE, ERR_NFSTREAM_NOT_A_CAPTURE, ERR_NFSTREAM_LINK_TYPE; anywhere ERR_NFSTREAM_READ, ERR_NFSTREAM_TRUNCATED,
 * ERR_NFSTREAM_CORRUPT, ERR_NFSTREAM_COMPRESSION are damage as `onDamage` says.
 */
export function captureFile(paths: string | readonly string[], options?: CaptureOptions): PacketSource {
  return new PacketSource(paths, options);
}
