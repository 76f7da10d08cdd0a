import { checkFunction, checkIterable, checkRow } from '../arguments.js';
import type { FlowError } from '../errors.js';
import { checkDecoding, type DecodingOptions } from './decoding.js';
import { Packet, type PacketMemory } from './packet.js';
import { layOut, type PacketInput } from './packet-input.js';
import type { PacketOrigins } from './packet-origins.js';
import { recordBytes } from './packet-record.js';
import { SlabLease } from './slab.js';
import type { RunState } from '../stage/run-state.js';
import type { DecodeTunnels } from '../schema/tunnels.js';

/** What a batch knows beside its packets. */
export interface PacketBatchFacts {
  readonly firstNumber: number;
  readonly firstOffset: number;
  readonly file: string | null;
  readonly decodeTunnels: DecodeTunnels;
  readonly damage: FlowError | null;
  readonly live: boolean;
  readonly fileIndex: number | null;
  readonly origins: PacketOrigins | null;
  readonly stop: (() => void) | null;
  readonly run: RunState | null;
}

/** What a batch has that comes from no file. */
export const noFacts: PacketBatchFacts = {
  firstNumber: 1,
  firstOffset: 0,
  file: null,
  decodeTunnels: true,
  damage: null,
  live: false,
  fileIndex: null,
  origins: null,
  stop: null,
  run: null,
};

/**
 * Up to 32,768 packets with their bytes: what a source gives and an aggregator takes. Iterating gives {@link Packet} objects.
 *
 * Its memory is reused. A stage that reads a batch after it handed it on calls `claim()` on receipt and `release()` when it is done; at
 * the last release the memory goes back to the source, and every later use throws ERR_NFSTREAM_BATCH_RELEASED. Our aggregator does this.
 * A batch that nobody claims stays valid, and is garbage when nobody refers to it.
 */
export class PacketBatch implements Iterable<Packet> {
  /** Number of packets. */
  readonly length: number;
  /** Number of packet 1 of the batch in its file, and where it begins there; a record counts from these. */
  readonly firstNumber: number;
  readonly firstOffset: number;
  /** The file as it was given to the source; null when there is none, and in a merged batch, whose packets have each their own. */
  readonly file: string | null;
  /** The file's place in the source's list when every file is a run of its own (`perFile`), else null. Such a batch may be empty. */
  readonly fileIndex: number | null;
  /** Which tunnels were looked into, as it was asked for. */
  readonly decodeTunnels: DecodeTunnels;
  /** What was wrong with the capture: only in the last batch of a source, which is empty. */
  readonly damage: FlowError | null;
  /** The source may be silent for long behind this batch. */
  readonly live: boolean;
  /** Ends the batch's source gracefully, for a stage that needs no more; null when there is no source that can be asked. */
  readonly stop: (() => void) | null;
  /** @internal */
  readonly origins: PacketOrigins | null;
  /** @internal What the stages share about the source; null when there is none. */
  readonly run: RunState | null;
  readonly #lease: SlabLease;
  readonly #data: Uint8Array;
  readonly #records: Uint8Array;

  /** @internal Batches are made by sources and {@link PacketBatch.from}. `records` begin at a multiple of 8 bytes. */
  constructor(lease: SlabLease, data: Uint8Array, records: Uint8Array, facts: PacketBatchFacts) {
    this.#lease = lease;
    this.#data = data;
    this.#records = records;
    this.length = records.length / recordBytes;
    this.firstNumber = facts.firstNumber;
    this.firstOffset = facts.firstOffset;
    this.file = facts.file;
    this.decodeTunnels = facts.decodeTunnels;
    this.damage = facts.damage;
    this.live = facts.live;
    this.fileIndex = facts.fileIndex;
    this.origins = facts.origins;
    this.stop = facts.stop;
    this.run = facts.run;
  }

  /**
   * A batch from packets that come from elsewhere, decoded like those of a capture.
   * @param options `decodeTunnels` and `fragments` as those of {@link captureFile}; with 'count' first fragments are known within the batch
   * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE for a packet that lacks something or a wrong option,
   * ERR_NFSTREAM_OPTION_UNKNOWN
   */
  static from(packets: Iterable<PacketInput>, options: DecodingOptions = {}): PacketBatch {
    checkIterable('the packets of PacketBatch.from()', 'an array of packets', packets);
    const decoding = checkDecoding(options);
    const { decodeTunnels } = decoding;
    const { memory, dataBytes } = layOut([...packets], decoding);
    return new PacketBatch(new SlabLease(memory, null), new Uint8Array(memory, 0, dataBytes), new Uint8Array(memory, dataBytes), { ...noFacts, decodeTunnels });
  }

  /** @internal A batch without packets, which has only its facts. */
  static empty(facts: PacketBatchFacts): PacketBatch {
    return new PacketBatch(new SlabLease(new ArrayBuffer(0), null), new Uint8Array(0), new Uint8Array(0), facts);
  }

  /** @internal The last item of a source whose capture was damaged. */
  static ofDamage(damage: FlowError, decodeTunnels: DecodeTunnels, run: RunState): PacketBatch {
    return PacketBatch.empty({ ...noFacts, decodeTunnels, damage, run });
  }

  /** The memory that data and records are in. @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED */
  get slab(): ArrayBuffer {
    return this.#lease.slab;
  }

  /** The captured bytes that the records point into. @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED */
  get data(): Uint8Array {
    return this.#lease.slab && this.#data;
  }

  /** 64 bytes a packet (packet-record.ts). @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED */
  get records(): Uint8Array {
    return this.#lease.slab && this.#records;
  }

  /**
   * The packet at an index, or undefined beyond the last; negative ones count from the end.
   * @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED; ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE for what is no integer
   */
  at(index: number): Packet | undefined {
    checkRow('the index of at()', index);
    const from0 = index < 0 ? this.length + index : index;
    return from0 >= 0 && from0 < this.length ? new Packet(this.memory(), from0) : undefined;
  }

  *[Symbol.iterator](): Generator<Packet, undefined> {
    const memory = this.memory();
    for (let index = 0; index < this.length; index++) yield new Packet(memory, index);
    return undefined;
  }

  /**
   * The packets for which `keep` is true, over the same memory: claims and releases count for both batches.
   * @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED, ERR_NFSTREAM_OPTION_TYPE
   */
  filter(keep: (packet: Packet, index: number) => boolean): PacketBatch {
    checkFunction('the test of filter()', keep);
    const all = this.records;
    const kept = new Uint8Array(all.length);
    let length = 0;
    let index = 0;
    for (const packet of this) {
      if (keep(packet, index)) {
        kept.set(all.subarray(index * recordBytes, (index + 1) * recordBytes), length);
        length += recordBytes;
      }
      index++;
    }
    return new PacketBatch(this.#lease, this.#data, kept.subarray(0, length), this);
  }

  /** Keeps the memory until a release() for this claim. @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED */
  claim(): void {
    this.#lease.claim();
  }

  /** Ends one claim; the last one gives the memory back. @throws {FlowError} ERR_NFSTREAM_BATCH_RELEASED when it was not claimed as often */
  release(): void {
    this.#lease.release();
  }

  /** @internal What its packets read. */
  memory(): PacketMemory {
    const [lease, data] = [this.#lease, this.#data];
    const view = new DataView(this.records.buffer, this.#records.byteOffset, this.#records.byteLength);
    return {
      get data() {
        return lease.slab && data;
      },
      get view() {
        return lease.slab && view;
      },
      firstNumber: this.firstNumber,
      firstOffset: this.firstOffset,
      file: this.file,
      origins: this.origins,
    };
  }
}
