import type { FlowBatch } from '../../flows/flow-batch.js';
import { finderOf } from '../../report/flow-gatherer.js';
import { numbersOf } from '../../report/gather/roles.js';
import { FlowRow } from './flow-row.js';
import type { TopFlow } from './top-data.js';

/** Flows of a second that are kept apart, and of all seconds together. */
const mostNew = 2000;
const mostKept = 5000;
/** Seconds after which a silent flow is shown no more, those that a flow's history has, and those that its rate is the mean of. */
const silentSeconds = 10;
const historySeconds = 30;
const rateSeconds = 3;

interface Entry {
  flow: FlowRow;
  /** What has come in the second under way. */
  bytes: number;
  packets: number;
  /** The seconds before, the newest last. */
  readonly bytesBefore: number[];
  readonly packetsBefore: number[];
  silent: number;
}

/** The flows with the most bytes a second, of those of the last seconds. */
export class ActiveFlows {
  readonly #entries = new Map<string, Entry>();
  /** Flows that had packets in the last second, and those of them that were left out. */
  #active = 0;
  #left = 0;
  #activeNow = 0;
  #leftNow = 0;

  /** Takes rows with what is new in them. */
  take(batch: FlowBatch): void {
    const find = finderOf(batch);
    const [bytesColumn, packetsColumn] = [find('new_bytes'), find('new_packets')];
    if (bytesColumn === null || packetsColumn === null) return;
    const bytes = numbersOf(bytesColumn, 0, batch.length);
    const packets = numbersOf(packetsColumn, 0, batch.length);
    let rows = Array.from({ length: batch.length }, (_, row) => row).filter((row) => packets[row]! > 0);
    this.#activeNow += rows.length;
    if (rows.length > mostNew) {
      this.#leftNow += rows.length - mostNew;
      rows = rows.sort((one, other) => bytes[other]! - bytes[one]!).slice(0, mostNew);
    }
    for (const row of rows) {
      const flow = new FlowRow(batch, row);
      const { key } = flow;
      const known = this.#entries.get(key);
      if (known === undefined && this.#entries.size >= mostKept) {
        this.#leftNow++;
        continue;
      }
      const entry = known ?? { flow, bytes: 0, packets: 0, bytesBefore: [], packetsBefore: [], silent: 0 };
      entry.flow = flow;
      entry.bytes += bytes[row]!;
      entry.packets += packets[row]!;
      this.#entries.set(key, entry);
    }
  }

  /** A second is over. */
  tick(): void {
    for (const [key, entry] of this.#entries) {
      entry.silent = entry.packets > 0 ? 0 : entry.silent + 1;
      if (entry.silent > silentSeconds) this.#entries.delete(key);
      for (const [before, value] of [
        [entry.bytesBefore, entry.bytes],
        [entry.packetsBefore, entry.packets],
      ] as const) {
        before.push(value);
        if (before.length > historySeconds) before.shift();
      }
      entry.bytes = entry.packets = 0;
    }
    [this.#active, this.#left, this.#activeNow, this.#leftNow] = [this.#activeNow, this.#leftNow, 0, 0];
  }

  /** The flows, in no order. */
  flows(): TopFlow[] {
    return [...this.#entries.values()].map(({ flow, bytesBefore, packetsBefore }) => ({
      flow,
      bytesPerSecond: meanOf(bytesBefore),
      packetsPerSecond: meanOf(packetsBefore),
      history: bytesBefore,
    }));
  }

  /** Flows of the last second, and those of them that are not among `flows()`. */
  get counts(): { active: number; left: number } {
    return { active: this.#active, left: this.#left };
  }
}

/** The mean of the last seconds; before a flow there was nothing. */
function meanOf(before: readonly number[]): number {
  return before.slice(-rateSeconds).reduce((sum, value) => sum + value, 0) / rateSeconds;
}
