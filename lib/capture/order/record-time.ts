import { littleEndian, recordOffset } from '../packet-record.js';

const [low, high] = littleEndian ? [0, 4] : [4, 0];

/** Reads the times of packet records as nanoseconds behind the first one, which a number holds exactly for 104 days either way. */
export class RecordTimes {
  #begun = false;
  #high = 0;
  #low = 0;

  /** @param view of the records, @param at where the record begins */
  of(view: DataView, at: number): number {
    const [highest, lowest] = [view.getInt32(at + recordOffset.timeNs + high, littleEndian), view.getUint32(at + recordOffset.timeNs + low, littleEndian)];
    if (!this.#begun) [this.#begun, this.#high, this.#low] = [true, highest, lowest];
    return (highest - this.#high) * 4294967296 + (lowest - this.#low);
  }
}
