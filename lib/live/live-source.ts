import type { NativeLive, NativeLiveProblem, NativeLiveResult } from '../../typings/native.js';
import type { FlowError } from '../errors.js';
import { asFlowError, native } from '../native.js';
import { noteDamage } from '../stage/run-state.js';
import { Source } from '../stage/source.js';
import { nativeDecoding } from '../capture/decoding.js';
import { filledBatch } from '../capture/filled-batch.js';
import { noFacts, PacketBatch, type PacketBatchFacts } from '../capture/packet-batch.js';
import { Deduplication } from '../capture/order/deduplication.js';
import { packetsOnly } from '../capture/packets-only.js';
import { recordsOf, SlabPool } from '../capture/slab.js';
import { DeviceCounters } from './device-counters.js';
import { awayError, liveError } from './live-error.js';
import { checkDevices, checkLiveOptions, type CheckedLive, type LiveOptions } from './live-options.js';
import type { DeviceReport, LiveReport } from './live-report.js';
import { silenceText } from './silence.js';

/** Slabs that are granted to the capture or filled: two that are filled while one is counted. */
const mostGranted = 3;

/** How often a device that went away is looked for. */
const usualRetryMs = 1000;

/** Nothing in so long is told. */
const silentMs = 10_000;

/** A slab that was granted, and what became of it. */
interface Read {
  readonly slab: ArrayBuffer;
  readonly result: NativeLiveResult;
}

/**
 * The stage that captures from devices: gives {@link PacketBatch} objects as packets come. Made by {@link captureLive}. It opens the devices with its first read, or with
 * {@link LiveSource.open}. It emits `silent`, once, with a sentence that says what to look at, when nothing has come for 10 seconds; with `retry`, `gone` with an error
 * (ERR_NFSTREAM_DEVICE_GONE) when it begins to wait for a device, and `back` with its name when that is there again.
 */
export class LiveSource extends Source<PacketBatch> {
  readonly #devices: readonly string[];
  readonly #options: CheckedLive;
  readonly #native: NativeLive;
  readonly #pool = new SlabPool();
  readonly #facts: PacketBatchFacts;
  /** Null where nothing is there twice. */
  readonly #deduplication: Deduplication | null;
  readonly #duplicates = { duplicates: 0 };
  readonly #damages: FlowError[] = [];
  readonly #silentMs: number;
  #counters: DeviceCounters | null = null;
  #stopping = false;
  #opening: Promise<void> | null = null;
  #reads: Promise<Read>[] = [];
  /** Reads that are settled and whose batch was not pushed yet. */
  #arrived = 0;
  #silence: NodeJS.Timeout | null = null;
  #droppedByInterface: ReadonlyMap<string, { dropped: number }> = new Map();

  /** @internal */
  constructor(devices: string | readonly string[], options?: LiveOptions, silentAfterMs = silentMs) {
    const names = checkDevices(devices);
    const checked = checkLiveOptions(options);
    super('captureLive()');
    this.#devices = names;
    this.#options = checked;
    this.#silentMs = silentAfterMs;
    const { filter, promiscuous, snapshotLength, bufferSize, readers, immediate, retry, decodeTunnels } = checked;
    const retryMs = retry === true ? usualRetryMs : Math.round(Number(retry) * 1000);
    this.#native = new native.NativeLive({
      devices: names,
      filter,
      promiscuous,
      snapshotLength,
      bufferSize,
      readers,
      immediate,
      retryMs,
      ...nativeDecoding(checked),
    });
    this.#native.changed = (problem, device) => process.nextTick(() => this.#changed(problem, device));
    this.#facts = { ...noFacts, decodeTunnels, live: true, stop: () => this.stop(), run: this.run };
    this.#deduplication = checked.deduplicate > 0 ? new Deduplication(checked.deduplicate, checked.deduplicateBy, this.#duplicates) : null;
    this.run.devices = true;
    if (checked.silentClock) this.run.clock = () => this.clock();
    this.abortWith(checked.signal);
  }

  /**
   * Opens the devices, and begins to capture. Only a program that wants to know of it, or gives up its rights behind it, needs to call this.
   * @throws {FlowError} ERR_NFSTREAM_DEVICE, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_LINK_TYPE, ERR_NFSTREAM_FILTER, ERR_NFSTREAM_MEMORY, ERR_NFSTREAM_READ
   */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** What was captured so far; final after the end. */
  report(): LiveReport {
    if (this.#counters !== null) this.#droppedByInterface = this.#counters.read();
    const byDevice = this.#native.counters().map((counted, place): DeviceReport => {
      const device = this.#devices[place]!;
      return { device, ...counted, droppedByInterface: this.#droppedByInterface.get(device)?.dropped ?? 0 };
    });
    const sum = (count: (device: DeviceReport) => number): number => byDevice.reduce((total, device) => total + count(device), 0);
    const [received, bytes] = [sum((device) => device.received), sum((device) => device.bytes)];
    return {
      devices: this.#devices,
      byDevice,
      received,
      bytes,
      droppedByKernel: sum((device) => device.droppedByKernel),
      droppedByCredit: sum((device) => device.droppedByCredit),
      droppedByInterface: sum((device) => device.droppedByInterface),
      filtered: this.#options.filter === '' ? 0 : null,
      batchesInFlight: this.#reads.length - this.#arrived,
      queued: this.#arrived + this.readableLength,
      files: 0,
      packets: received,
      bytesRead: bytes,
      bytesTotal: 0,
      damage: this.#damages[0] ?? null,
      damages: [...this.#damages],
      outOfOrderFiles: [],
      ...(this.#deduplication !== null && this.#duplicates),
    };
  }

  /** Ends the source gracefully: what is in the rings now is delivered, then the stream ends normally. */
  stop(): void {
    this.#stopping = true;
    this.#native.stop();
  }

  /**
   * The time, in milliseconds since the epoch, up to which every packet has been read from the source: the largest time of a packet and what has passed since, also while the
   * machine slept. Undefined while a packet may be under way, and before the first one.
   */
  clock(): number | undefined {
    if (this.#arrived > 0 || this.readableLength > 0) return undefined;
    return this.#native.clock() ?? undefined;
  }

  /** The batches; a device that went away is thrown after the last one, unless a stage further on tells it. */
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, undefined> {
    return packetsOnly(super[Symbol.asyncIterator]());
  }

  protected override async close(): Promise<void> {
    this.#endWatch();
    this.run.clock = undefined;
    this.#native.cancel();
    await this.#native.closed();
  }

  protected override async deliver(): Promise<void> {
    if (this.#stopping && this.#opening === null) {
      this.push(null);
      return;
    }
    await this.open();
    while (!this.destroyed) {
      while (this.#reads.length < mostGranted) {
        const read = this.#grant();
        read.catch(() => {}); // told where it is waited for
        this.#reads.push(read);
      }
      const { slab, result } = await this.#reads[0]!;
      void this.#reads.shift(); // it is done
      if (result.status === 'end') {
        this.#reads = [];
        return this.#end(result);
      }
      const batch = filledBatch(this.#pool, slab, result.count, { ...this.#facts, firstNumber: result.firstNumber });
      if (batch !== null) await this.#deduplication?.mark(batch);
      this.#arrived--;
      if (batch === null) continue;
      if (!this.destroyed) this.push(batch);
      return;
    }
  }

  async #open(): Promise<void> {
    const problem = await this.#native.open();
    if (problem !== null) throw liveError(problem);
    if (this.destroyed) return;
    this.#counters = new DeviceCounters(this.#devices);
    this.#silence = setTimeout(() => this.#silent(), this.#silentMs).unref();
  }

  /** Gives the capture memory for one batch more. */
  async #grant(): Promise<Read> {
    const slab = this.#pool.take();
    const result = await this.#native.read(slab, recordsOf(slab)).catch((error: unknown) => {
      throw asFlowError(error);
    });
    if (result.status === 'packets') {
      this.#arrived++;
      this.#silence?.refresh();
    }
    return { slab, result };
  }

  #end({ problem }: NativeLiveResult): void {
    this.#endWatch();
    this.run.clock = undefined;
    if (this.destroyed) return;
    if (problem !== null && problem !== undefined) {
      const damage = liveError(problem);
      this.#damages.push(damage);
      if (this.#options.onDamage === 'abort') throw damage;
      noteDamage(this.run, damage);
      this.push(PacketBatch.ofDamage(damage, this.#options.decodeTunnels, this.run));
    }
    this.push(null);
  }

  #changed(problem: NativeLiveProblem | null, device: string | null): void {
    if (this.destroyed) return;
    if (problem !== null) this.emit('gone', awayError(problem));
    else this.emit('back', device);
  }

  #silent(): void {
    // Packets that wait for the stages behind are no silence.
    if (this.#reads.length === this.#arrived) {
      this.#silence?.refresh();
      return;
    }
    this.#silence = null;
    const packets = [...this.#counters!.read().values()].reduce((sum, counted) => sum + counted.packets, 0);
    this.emit('silent', silenceText(this.#devices, this.#options.filter, packets, Math.round(this.#silentMs / 1000)));
  }

  #endWatch(): void {
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
  }
}

/**
 * Captures packets from network devices as they come: one, or several as one timeline. `any` is all devices.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_FILTER. The stream is destroyed with
 * ERR_NFSTREAM_DEVICE, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_LINK_TYPE, ERR_NFSTREAM_FILTER, ERR_NFSTREAM_MEMORY or ERR_NFSTREAM_READ when a device can't be opened; a device that
 * goes down or away is damage, ERR_NFSTREAM_DEVICE_GONE, after every packet in front of that
 */
export function captureLive(devices: string | readonly string[], options?: LiveOptions): LiveSource {
  return new LiveSource(devices, options);
}
