import { Turn } from '../../stage/turn.js';
import type { PacketBatch, PacketBatchFacts } from '../packet-batch.js';
import { recordBytes } from '../packet-record.js';
import { HeldBatch, OrderedBatches } from './ordered-batches.js';
import { RecordTimes } from './record-time.js';
import { WaitingPackets } from './waiting-packets.js';

/** Packets between two looks at the clock. */
const stride = 256;

/** Puts packets into the order of their times, as far as they are out of it by less than a window: takes batches, and gives others. */
export class Reordering {
  readonly #windowNs: number;
  readonly #mostBytes: number;
  readonly #counts: { reordered: number; late: number; early: number };
  readonly #batches: OrderedBatches;
  readonly #times = new RecordTimes();
  readonly #waiting = new WaitingPackets();
  readonly #turn = new Turn();
  /** The batches that packets wait in, by number; null where one was given back. */
  readonly #held: (HeldBatch | null)[] = [];
  readonly #free: number[] = [];
  #heldBytes = 0;
  #newestNs = -Infinity;
  #goneNs = -Infinity;
  #current: PacketBatch | null = null;
  #ready: PacketBatch[] = [];
  #closed = false;

  /** @param seconds how late a packet may be, @param mostBytes in which packets may wait */
  constructor(seconds: number, mostBytes: number, facts: PacketBatchFacts, counts: { reordered: number; late: number; early: number }) {
    this.#windowNs = seconds * 1e9;
    this.#mostBytes = mostBytes;
    this.#counts = counts;
    this.#batches = new OrderedBatches(facts);
  }

  /** Whether packets wait. */
  get waits(): boolean {
    return this.#waiting.size > 0;
  }

  /** Takes a batch. @returns those whose turn has come */
  async put(batch: PacketBatch): Promise<PacketBatch[]> {
    await this.#add(batch);
    return this.#taken();
  }

  /** No more comes. @returns what has waited */
  async end(): Promise<PacketBatch[]> {
    await this.#goOn(Infinity);
    this.#give();
    this.#freeAll();
    return this.#taken();
  }

  /** Gives back the memory of what waits. Work under way ends soon. */
  close(): void {
    this.#closed = true;
    this.#freeAll();
  }

  #taken(): PacketBatch[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  async #add(batch: PacketBatch): Promise<void> {
    if (this.#current !== null && this.#current.fileIndex !== batch.fileIndex) await this.#begin();
    this.#current = batch;
    if (batch.length === 0) {
      this.#ready.push(batch);
      return;
    }
    const held = new HeldBatch(batch, this.#batches.placeOf(batch));
    const number = this.#free.pop() ?? this.#held.length;
    this.#held[number] = held;
    this.#heldBytes += held.bytes;
    for (let index = 0; index < batch.length; index++) {
      const time = this.#times.of(held.view, index * recordBytes);
      const behind = this.#waiting.add(time, number, index);
      if (time < this.#goneNs) this.#counts.late++;
      else if (behind) this.#counts.reordered++;
      if (time > this.#newestNs) this.#newestNs = time;
      if (index % stride === 0 && this.#turn.over()) await this.#turn.next();
    }
    await this.#goOn(this.#newestNs - this.#windowNs);
    if (this.#heldBytes > this.#mostBytes) await this.#goOn(Infinity, true);
    this.#give();
  }

  /** A run of its own begins: nothing of the one before is left. */
  async #begin(): Promise<void> {
    await this.#goOn(Infinity);
    this.#give();
    this.#newestNs = this.#goneNs = -Infinity;
  }

  /** Lets the packets up to a time go on; where memory is used up, as many as it takes. */
  async #goOn(untilNs: number, early = false): Promise<void> {
    for (let done = 0; this.#waiting.size > 0 && !this.#closed; done++) {
      if (early && this.#heldBytes <= this.#mostBytes) return;
      const number = this.#waiting.first();
      const time = this.#waiting.time(number);
      if (time > untilNs) return;
      this.#goneNs = Math.max(this.#goneNs, time);
      if (early) this.#counts.early++;
      this.#copy(this.#waiting.batch(number), this.#waiting.index(number));
      this.#waiting.remove(number);
      if (done % stride === 0 && this.#turn.over()) await this.#turn.next();
    }
  }

  #copy(number: number, index: number): void {
    const held = this.#held[number]!;
    if (!this.#batches.add(held, index)) {
      this.#give();
      this.#batches.add(held, index);
    }
    held.left--;
    if (held.left === 0) this.#release(number);
  }

  #release(number: number): void {
    const held = this.#held[number]!;
    this.#held[number] = null;
    this.#free.push(number);
    this.#heldBytes -= held.bytes;
    held.batch.release();
  }

  #give(): void {
    const { fileIndex, live } = this.#current ?? { fileIndex: null, live: false };
    const batch = this.#batches.take({ file: fileIndex === null ? null : this.#current!.file, fileIndex, live });
    if (batch !== null) this.#ready.push(batch);
  }

  #freeAll(): void {
    this.#held.forEach((held, number) => held !== null && this.#release(number));
  }
}
