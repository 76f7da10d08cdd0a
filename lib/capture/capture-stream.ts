import { ReadStream, statSync } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import type { FlowError } from '../errors.js';
import { inputsOf } from '../stage/inputs.js';
import { native } from '../native.js';
import { noteDamage } from '../stage/run-state.js';
import type { RunState } from '../stage/run-state.js';
import { Stage } from '../stage/stage.js';
import { checkCaptureOptions, type CaptureOptions } from './capture-options.js';
import { CaptureCounts, type CaptureReport } from './capture-report.js';
import { CaptureRun } from './capture-run.js';
import { nativeDecoding } from './decoding.js';
import { feedBytes, isGivenBytes, type GivenBytes } from './given-bytes.js';
import { noFacts, PacketBatch } from './packet-batch.js';
import { PacketOrder } from './order/packet-order.js';
import { packetsOnly } from './packets-only.js';
import { SlabPool } from './slab.js';

/** Bytes that are collected before they are parsed: a batch for each small chunk would cost more than its packets. */
const enoughBytes = 512 << 10;
/** Bytes that were not enough are parsed after this long. */
const longestWaitMs = 100;

/**
 * The stage from the bytes of a capture to packets: takes bytes, gives {@link PacketBatch} objects. Made by {@link captureStream}.
 * Iterating it throws damage after the last batch, unless a stage further on tells it. Behind damage, and once no more is asked for, the stream that is piped into it is ended and
 * destroyed; one that is fed by another, and whoever writes by hand, goes on until it ends, and what it gives is passed over.
 */
export class CaptureStream extends Stage<PacketBatch> {
  readonly #options: ReturnType<typeof checkCaptureOptions>;
  readonly #counts = new CaptureCounts();
  readonly #capture: CaptureRun;
  /** Null where packets go on as they come. */
  readonly #order: PacketOrder | null;
  readonly #run: RunState = { damage: null };
  #waiting = 0;
  #timer: NodeJS.Timeout | null = null;
  #parsing = false;
  #over = false;
  #source: Readable | null = null;
  /** The addon takes bytes or a read, one at a time. */
  #turn: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(options?: CaptureOptions) {
    const checked = checkCaptureOptions(options);
    super('captureStream()', { writableObjectMode: false, readableObjectMode: true, readableHighWaterMark: 2, writableHighWaterMark: enoughBytes });
    const { filter, decodeTunnels } = checked;
    this.#options = checked;
    const facts = { ...noFacts, decodeTunnels, stop: () => this.#passOver(), run: this.#run };
    this.#capture = new CaptureRun(new native.NativeCapture({ live: false, filter: filter.native, ...nativeDecoding(checked) }), new SlabPool(), facts);
    this.#order = PacketOrder.of(checked, facts, this.#counts);
    this.#counts.begin();
    this.runs.take(this.#run);
    if (checked.silentClock) this.#run.clock = () => this.#silentMs();
    this.on('pipe', (source: Readable) => {
      this.#source = source;
      if (isOfRegularFile(source)) this.#run.clock = undefined;
    });
    this.abortWith(checked.signal);
  }

  /** What was read so far; final after the end. */
  report(): CaptureReport {
    return this.#counts.report();
  }

  protected override accept(chunk: unknown): Promise<void> {
    return this.#parseLater(chunk as Buffer);
  }

  protected override finish(): Promise<void> {
    return this.#parseLater(null);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#over = true;
    this.#run.clock = undefined;
    this.#stopTimer();
    this.#order?.close();
    this.#capture.cancel();
    super._destroy(error, (reason) => {
      const close = (): void => {
        this.#capture.close();
        callback(reason);
      };
      this.#turn.then(close, close);
    });
  }

  /** The batches; damage that no stage further on tells is thrown after the last one. */
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined> {
    return packetsOnly(super[Symbol.asyncIterator]());
  }

  /** Does something with the addon when what was begun before is done. */
  #inTurn(work: () => void | Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }

  /** The time by packets while nothing comes; undefined while something waits here. */
  #silentMs(): number | undefined {
    const waits = this.#over || this.#parsing || this.#timer !== null || this.#waiting > 0 || this.writableLength > 0 || this.readableLength > 0;
    return waits || this.#order?.waits === true ? undefined : this.#capture.silentMs();
  }

  #parseLater(chunk: Uint8Array | null): Promise<void> {
    return this.#inTurn(() => {
      if (this.#over) return undefined;
      this.#capture.push(chunk);
      this.#waiting += chunk?.length ?? 0;
      if (chunk === null || this.#waiting >= enoughBytes) return this.#parse(false);
      this.#timer ??= setTimeout(() => {
        this.#inTurn(() => this.#parse(true)).catch((error: unknown) => this.destroy(error as Error));
      }, longestWaitMs);
      return undefined;
    });
  }

  async #parse(live: boolean): Promise<void> {
    this.#parsing = true;
    try {
      await this.#parseAll(live);
    } finally {
      this.#parsing = false;
    }
  }

  /** Gives every packet of the bytes that are here. `live`: more bytes may be long in coming. */
  async #parseAll(live: boolean): Promise<void> {
    this.#stopTimer();
    this.#waiting = 0;
    await this.#options.filter.ready();
    const inputs = inputsOf(this);
    if (inputs !== null) this.#run.inputs = inputs;
    while (!this.#over) {
      const { status, batch, damage } = await this.#capture.read(live);
      this.#counts.update(this.#capture.counters);
      if (this.#over) return; // whoever is behind has asked for no more
      if (batch !== null) await this.#giveAll(this.#order === null ? [batch] : await this.#order.put(batch));
      if (this.#order !== null && (damage !== null || status === 'end')) await this.#giveAll(await this.#order.end());
      if (damage !== null) await this.#damaged(damage);
      if (status !== 'packets') return;
    }
  }

  async #giveAll(batches: readonly PacketBatch[]): Promise<void> {
    for (const batch of batches) {
      if (this.#over) return; // whoever is behind has asked for no more
      await this.give(batch);
    }
  }

  async #damaged(damage: FlowError): Promise<void> {
    this.#counts.damages.push(damage);
    if (this.#counts.packets === 0 || this.#options.onDamage === 'abort') throw damage;
    noteDamage(this.#run, damage);
    await this.give(PacketBatch.ofDamage(damage, this.#options.decodeTunnels, this.#run));
    this.#passOver();
  }

  /** Ends the packets, and the source if that can be; the bytes that still come are taken and dropped. */
  #passOver(): void {
    if (this.#over) return;
    this.#over = true;
    this.push(null);
    if (this.#source !== null) endSource(this.#source);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Whether a stream is what a file holds: that comes as fast as it is read. */
function isOfRegularFile(source: Readable): boolean {
  return source instanceof ReadStream && typeof source.path === 'string' && statSync(source.path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Makes a stage that reads a capture from any Node stream of bytes: `pipeline(socket, captureStream(), aggregate(), ...)`.
 * It knows pcap and pcapng, plain or compressed with gzip or zstd, by their content.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_FILTER; bad bytes
 * destroy the stream, or are damage, as with {@link captureFile}
 */
export function captureStream(options?: CaptureOptions): CaptureStream;
/**
 * Makes a source of the capture that these bytes are: `pipeline(captureStream(await readFile(path)), aggregate(), ...)`, or `captureStream(response.body)`.
 * @param bytes a Buffer or Uint8Array, which is read in place and must stay as it is until the end; a Web stream of such, or what else can be iterated with `for await`. It is cancelled when the source
 * is destroyed
 * @throws {FlowError} as above; what the stream fails with destroys the source, as does ERR_NFSTREAM_OPTION_TYPE for a chunk that is no Uint8Array
 */
export function captureStream(bytes: GivenBytes, options?: CaptureOptions): CaptureStream;
export function captureStream(first?: GivenBytes | CaptureOptions, second?: CaptureOptions): CaptureStream {
  if (!isGivenBytes(first)) return new CaptureStream(first);
  const stage = new CaptureStream(second);
  feedBytes(first, stage);
  return stage;
}

/**
 * Ends a stream of bytes as if it had come to its end, and frees it: its writer may never end, and a `pipeline()` waits for it. Destroying it
 * would be an error for the pipeline, which destroys all that is being written. One that is fed by a stream before it, such as a
 * decompressor, can't be ended so; what it gives is left to its reader.
 */
function endSource(source: Readable): void {
  // pipe() listens for 'unpipe' on what it feeds, as long as it does.
  const fed = source instanceof Transform || source.listenerCount('unpipe') > 0;
  if (fed || source.readableEnded || source.destroyed) return;
  source.push(null);
  // Bytes that were asked for before are nobody's; behind the end they would be an error.
  source.push = () => false;
  source.once('end', () => source.destroy());
}
