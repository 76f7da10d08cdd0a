import { basename } from 'node:path';
import { native } from '../../native.js';
import { PacketBatch, type PacketBatchFacts } from '../packet-batch.js';
import { PacketOrigins, type MergedFiles } from '../packet-origins.js';
import { littleEndian, recordBytes, recordOffset } from '../packet-record.js';
import { dataBytesOf, recordsOf, SlabLease, SlabPool } from '../slab.js';

/** Numbers that an origin has. */
const originNumbers = 3;
const wordsOfRecord = recordBytes / 4;

/** A batch whose packets are copied from, one at a time. */
export class HeldBatch {
  readonly batch: PacketBatch;
  readonly view: DataView;
  readonly words: Int32Array;
  readonly data: Uint8Array;
  readonly bytes: number;
  /** Packets that were not copied yet. */
  left: number;
  /** Its file's place among those of the batches that are made; -1 where each packet has its own. */
  readonly place: number;

  constructor(batch: PacketBatch, place: number) {
    batch.claim();
    this.batch = batch;
    const { records } = batch;
    this.view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    this.words = new Int32Array(records.buffer, records.byteOffset, records.byteLength / 4);
    this.data = batch.data;
    this.bytes = batch.slab.byteLength;
    this.left = batch.length;
    this.place = place;
  }
}

/** Makes batches of packets that are given one by one, each of which keeps its own file and number there. */
export class OrderedBatches {
  readonly #pool = new SlabPool();
  readonly #facts: PacketBatchFacts;
  #files: MergedFiles = { paths: [], sources: new BigUint64Array(0) };
  #slab: ArrayBuffer | null = null;
  #data = new Uint8Array(0);
  #records = new DataView(new ArrayBuffer(0));
  #words = new Int32Array(0);
  #origins = new Float64Array(0);
  #count = 0;
  #end = 0;

  constructor(facts: PacketBatchFacts) {
    this.#facts = facts;
  }

  /** The files of packets have a place among those of all; -1 for a batch whose packets have each their own. */
  placeOf(batch: PacketBatch): number {
    if (batch.origins !== null) {
      this.#files = batch.origins.files;
      return -1;
    }
    const path = batch.file ?? '';
    const { paths } = this.#files;
    const place = paths.lastIndexOf(path);
    if (place >= 0) return place;
    const all = [...paths, path];
    this.#files = { paths: all, sources: native.sourceNumbers(all.map((one) => basename(one))) };
    return all.length - 1;
  }

  /** Adds a packet. @returns false, and nothing is added, where there is no more room: `take()` what there is before */
  add({ batch, view, words, data, place }: HeldBatch, index: number): boolean {
    const at = index * recordBytes;
    const [from, length] = [view.getUint32(at + recordOffset.dataOffset, littleEndian), view.getUint32(at + recordOffset.capturedLength, littleEndian)];
    if (this.#slab === null) this.#begin();
    if (this.#count === recordsOf(this.#slab!) || this.#end + length > this.#data.length) return false;
    const word = this.#count * wordsOfRecord;
    for (let offset = 0; offset < wordsOfRecord; offset++) this.#words[word + offset] = words[index * wordsOfRecord + offset]!;
    this.#data.set(data.subarray(from, from + length), this.#end);
    const record = this.#count * recordBytes;
    this.#records.setUint32(record + recordOffset.dataOffset, this.#end, littleEndian);
    this.#records.setUint32(record + recordOffset.numberDelta, this.#count, littleEndian);
    const delta = view.getUint32(at + recordOffset.numberDelta, littleEndian);
    const origin = this.#count * originNumbers;
    if (place < 0) {
      for (let number = 0; number < originNumbers; number++) this.#origins[origin + number] = batch.origins!.numbers[delta * originNumbers + number]!;
    } else {
      this.#origins[origin] = place;
      this.#origins[origin + 1] = batch.firstNumber + delta;
      this.#origins[origin + 2] = batch.firstOffset + view.getUint32(at + recordOffset.offsetDelta, littleEndian);
    }
    this.#end += length;
    this.#count++;
    return true;
  }

  /** The batch of what was added; null where that is nothing. @param last whose facts it has besides */
  take(last: Pick<PacketBatchFacts, 'file' | 'fileIndex' | 'live'>): PacketBatch | null {
    if (this.#slab === null || this.#count === 0) return null;
    const slab = this.#slab;
    const facts = { ...this.#facts, ...last, origins: new PacketOrigins(this.#origins.subarray(0, this.#count * originNumbers), this.#files) };
    const made = new PacketBatch(new SlabLease(slab, this.#pool), this.#data, new Uint8Array(slab, dataBytesOf(slab), this.#count * recordBytes), facts);
    if (2 * this.#end > this.#data.length || 2 * this.#count > recordsOf(slab)) this.#pool.grow();
    this.#slab = null;
    return made;
  }

  #begin(): void {
    const slab = this.#pool.take();
    this.#slab = slab;
    this.#data = new Uint8Array(slab, 0, dataBytesOf(slab));
    this.#records = new DataView(slab, dataBytesOf(slab));
    this.#words = new Int32Array(slab, dataBytesOf(slab));
    this.#origins = new Float64Array(recordsOf(slab) * originNumbers);
    this.#count = 0;
    this.#end = 0;
  }
}
