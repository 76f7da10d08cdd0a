import { Turn } from '../../stage/turn.js';
import type { CaptureCounts } from '../capture-report.js';
import { ignoreReasons } from '../ignore-reason.js';
import type { PacketBatch } from '../packet-batch.js';
import { recordBytes, recordOffset } from '../packet-record.js';
import type { Reading, ReadingStep } from '../reading.js';
import { FrameDigest } from './frame-digest.js';
import { RecordTimes } from './record-time.js';

const duplicate = ignoreReasons.indexOf('duplicate');

/** Packets between two looks at the clock. */
const stride = 256;

/** Frames that are remembered; with more, those of the first half of the window are forgotten. */
const mostFrames = 2 ** 20;

/** Marks packets of a reading as ignored that are the same as one shortly before. */
export class Deduplication implements Reading {
  readonly #reading: Reading;
  readonly #windowNs: number;
  readonly #counts: CaptureCounts;
  readonly #digest: FrameDigest;
  readonly #times = new RecordTimes();
  readonly #turn = new Turn();
  /** When each frame came last, by digest: those since `#since`, and those before. */
  #young = new Map<number, number>();
  #old = new Map<number, number>();
  #since = -Infinity;
  #fileIndex: number | null = null;

  constructor(reading: Reading, seconds: number, by: 'frame' | 'packet', counts: CaptureCounts) {
    this.#reading = reading;
    this.#windowNs = seconds * 1e9;
    this.#digest = new FrameDigest(by === 'packet');
    this.#counts = counts;
    counts.duplicates = 0;
  }

  async next(): Promise<ReadingStep | null> {
    const step = await this.#reading.next();
    if (step !== null && step.batch !== null) await this.#mark(step.batch);
    return step;
  }

  silentMs(): number | undefined {
    return this.#reading.silentMs();
  }

  cancel(): void {
    this.#reading.cancel();
  }

  close(): void {
    this.#reading.close();
  }

  async #mark(batch: PacketBatch): Promise<void> {
    if (batch.fileIndex !== this.#fileIndex) {
      this.#fileIndex = batch.fileIndex;
      this.#young.clear();
      this.#old.clear();
      this.#since = -Infinity;
    }
    const { records, data } = batch;
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let index = 0; index < batch.length; index++) {
      const at = index * recordBytes;
      if (this.#isAgain(this.#digest.of(bytes, view, at), this.#times.of(view, at)) && view.getUint8(at + recordOffset.ignoreReason) === 0) {
        view.setUint8(at + recordOffset.ignoreReason, duplicate);
        this.#counts.duplicates!++;
      }
      if (index % stride === 0 && this.#turn.over()) await this.#turn.next();
    }
  }

  #isAgain(digest: number, time: number): boolean {
    if (time - this.#since > this.#windowNs || this.#young.size === mostFrames) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#since = time;
    }
    const before = this.#young.get(digest) ?? this.#old.get(digest);
    this.#young.set(digest, time);
    return before !== undefined && Math.abs(time - before) <= this.#windowNs;
  }
}
