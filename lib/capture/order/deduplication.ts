import { Turn } from '../../stage/turn.js';
import { ignoreReasons } from '../ignore-reason.js';
import type { PacketBatch } from '../packet-batch.js';
import { recordBytes, recordOffset } from '../packet-record.js';
import { FrameDigest } from './frame-digest.js';
import { RecordTimes } from './record-time.js';

const duplicate = ignoreReasons.indexOf('duplicate');

/** Packets between two looks at the clock. */
const stride = 256;

/** Frames that are remembered; with more, those of the first half of the window are forgotten. */
const mostFrames = 2 ** 20;

/** Marks packets as ignored that are the same as one shortly before. */
export class Deduplication {
  readonly #windowNs: number;
  readonly #counts: { duplicates: number | null };
  readonly #digest: FrameDigest;
  readonly #times = new RecordTimes();
  readonly #turn = new Turn();
  /** When each frame came last, by digest: those since `#since`, and those before. */
  #young = new Map<number, number>();
  #old = new Map<number, number>();
  #since = -Infinity;
  #fileIndex: number | null = null;

  /** @param seconds between two that are the same, at most, @param counts takes how many were marked */
  constructor(seconds: number, by: 'frame' | 'packet', counts: { duplicates: number | null }) {
    this.#windowNs = seconds * 1e9;
    this.#digest = new FrameDigest(by === 'packet');
    this.#counts = counts;
    counts.duplicates = 0;
  }

  /** Marks packets of the batch that comes next. */
  async mark(batch: PacketBatch): Promise<void> {
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
