import { basename } from 'node:path';
import type { NativeCapture, NativeCaptureCounters, NativeMergeResult } from '../../../typings/native.js';
import { FlowError } from '../../errors.js';
import { asFlowError, native } from '../../native.js';
import type { CaptureCounts } from '../capture-report.js';
import { damageError } from '../damage-error.js';
import { filledBatch } from '../filled-batch.js';
import { shownName } from '../../open-error.js';
import { openInput, type ReadingOptions } from './open-input.js';
import type { PacketBatchFacts } from '../packet-batch.js';
import { originBytes, PacketOrigins, type MergedFiles } from '../packet-origins.js';
import { littleEndian, recordBytes, recordOffset } from '../packet-record.js';
import type { Reading, ReadingStep } from '../reading.js';
import { dataBytesOf, recordsOf, type SlabPool } from '../slab.js';

/** Files that are open at once: each may hold a descriptor and 1.2 MiB of packets that were read ahead. */
const mostOpen = 256;

/** The least that the engine reads into. */
const peekBytes = 1 << 20;

/** A file that is not yet open, and the time of its first packet. */
interface Upcoming {
  readonly place: number;
  readonly firstNs: bigint;
}

/**
 * Reads files as one timeline. The first packet of every file is read to begin with; then a file is open from its first packet's turn to
 * its last, so that any number of files that follow each other can be merged, and up to 256 that overlap.
 */
export class FileMerge implements Reading {
  readonly #paths: readonly string[];
  readonly #files: MergedFiles;
  readonly #options: ReadingOptions;
  readonly #facts: PacketBatchFacts;
  readonly #counts: CaptureCounts;
  readonly #pool: SlabPool;
  readonly #merge = new native.NativeMerge();
  readonly #open = new Map<number, NativeCapture>();
  /** In the order of their turn; null before they are known. */
  #upcoming: Upcoming[] | null = null;
  #cancelled = false;
  /** What was counted of files that need no turn. */
  #aside: Counters = { packets: 0, filtered: 0, bytesIn: 0 };

  constructor(paths: readonly string[], options: ReadingOptions, facts: PacketBatchFacts, counts: CaptureCounts, pool: SlabPool) {
    this.#paths = paths;
    this.#files = { paths, sources: native.sourceNumbers(paths.map((path) => basename(path))) };
    this.#options = options;
    this.#facts = facts;
    this.#counts = counts;
    this.#pool = pool;
  }

  async next(): Promise<ReadingStep | null> {
    if (this.#upcoming === null) return { batch: null, damages: await this.#plan() };
    if (this.#cancelled) return null;
    const damages: FlowError[] = [];
    if (this.#open.size === 0) {
      if (this.#upcoming.length === 0) return null;
      damages.push(...(await this.#openNext()));
    }
    const slab = this.#pool.take();
    const until = this.#upcoming.at(-1)?.firstNs ?? null;
    const result = await this.#merge.read(slab, recordsOf(slab), until).catch((error: unknown) => {
      throw asFlowError(error);
    });
    this.#takeNotes();
    damages.push(...this.#end(result));
    this.#count();
    const numbers = new Float64Array(slab, dataBytesOf(slab) - recordsOf(slab) * originBytes, (result.count * originBytes) / Float64Array.BYTES_PER_ELEMENT);
    const batch = filledBatch(this.#pool, slab, result.count, { ...this.#facts, origins: new PacketOrigins(numbers, this.#files) });
    if (result.status === 'waiting') damages.push(...(await this.#openNext()));
    return { batch, damages };
  }

  silentMs(): undefined {}

  cancel(): void {
    this.#cancelled = true;
    this.#merge.cancel();
  }

  close(): void {
    this.#merge.close();
    for (const capture of this.#open.values()) capture.close();
    this.#open.clear();
  }

  /** Reads the first packet of every file. @returns what is wrong with those that have none */
  async #plan(): Promise<FlowError[]> {
    const damages: FlowError[] = [];
    const upcoming: Upcoming[] = [];
    const slab = new ArrayBuffer(peekBytes + recordBytes);
    const time = new DataView(slab, peekBytes + recordOffset.timeNs, 8);
    for (const [place, path] of this.#paths.entries()) {
      if (this.#cancelled) break;
      this.#counts.begin();
      const first = await this.#peek(path, slab);
      if (first instanceof FlowError) damages.push(first);
      else if (first) upcoming.push({ place, firstNs: time.getBigInt64(0, littleEndian) });
    }
    this.#upcoming = upcoming.sort((a, b) => (a.firstNs === b.firstNs ? b.place - a.place : a.firstNs < b.firstNs ? 1 : -1));
    return damages;
  }

  /** @returns whether the file has a packet, or what is wrong with it */
  async #peek(path: string, slab: ArrayBuffer): Promise<boolean | FlowError> {
    try {
      const { capture, live } = await openInput(path, this.#options);
      try {
        if (live) throw notRegular(path);
        const { status, count, damage } = await capture.read(slab, 1);
        if (count > 0) return true;
        this.#aside = sum(this.#aside, capture.counters());
        this.#count();
        if (damage !== undefined) return damageError(path, damage);
        if (status === 'end') this.#counts.sound = true;
        return false;
      } finally {
        capture.close();
      }
    } catch (error) {
      if (error instanceof FlowError && error.code !== 'ERR_NFSTREAM_MERGE') return error;
      throw error;
    }
  }

  /** Opens the file whose turn is next. @returns why it can't be opened any more, if so */
  async #openNext(): Promise<FlowError[]> {
    const { place } = this.#upcoming!.pop()!;
    const path = this.#paths[place]!;
    if (this.#open.size === mostOpen) throw tooMany(path);
    try {
      const { capture } = await openInput(path, this.#options);
      this.#open.set(place, capture);
      this.#merge.add(place, capture);
    } catch (error) {
      if (error instanceof FlowError) return [error];
      throw error;
    }
    return [];
  }

  #takeNotes(): void {
    const { notes } = this.#options;
    if (notes === undefined) return;
    for (const [place, capture] of this.#open) notes.add(this.#paths[place]!, capture.takeNotes());
  }

  /** Closes the files that are at their end. @returns what was wrong with them */
  #end({ ended }: NativeMergeResult): FlowError[] {
    const damages: FlowError[] = [];
    for (const { place, damage } of ended) {
      this.#open.get(place)!.close();
      this.#open.delete(place);
      if (damage === undefined) this.#counts.sound = true;
      else damages.push(damageError(this.#paths[place]!, damage));
    }
    return damages;
  }

  #count(): void {
    this.#counts.update(sum(this.#aside, this.#merge.counters()));
  }
}

type Counters = Pick<NativeCaptureCounters, 'packets' | 'filtered' | 'bytesIn'>;

function sum(a: Counters, b: Counters): Counters {
  return { packets: a.packets + b.packets, filtered: a.filtered + b.filtered, bytesIn: a.bytesIn + b.bytesIn };
}

function notRegular(path: string): FlowError {
  return new FlowError('ERR_NFSTREAM_MERGE', `${shownName(path)} is not a regular file, and only those can be merged by time.`, { file: path });
}

function tooMany(path: string): FlowError {
  const message = `More than ${mostOpen} captures overlap in time where ${shownName(path)} begins; merge fewer at once.`;
  return new FlowError('ERR_NFSTREAM_MERGE', message, { file: path });
}
