import type { NativeEngineCounters } from '../../typings/native.js';

const none: NativeEngineCounters = {
  packets: 0,
  ignored: [],
  flows: 0,
  openFlows: 0,
  endReasons: [0, 0, 0, 0, 0, 0, 0, 0],
  latePackets: 0,
  largestStepBackMs: 0,
  firstLatePacket: 0,
  firstClockNs: null,
  lastClockNs: null,
  tableBytes: 0,
};

/** Those that go on from run to run. */
export type SummedCounters = Omit<NativeEngineCounters, 'firstClockNs' | 'lastClockNs'>;

/** Counters of an engine over all of its runs: each run begins its own at 0. */
export class RunCounters {
  #before: SummedCounters = none;
  #now = none;

  /** Those of the run under way. */
  update(now: NativeEngineCounters): void {
    this.#now = now;
  }

  /** The next run begins. */
  begin(): void {
    this.#before = this.sum();
    this.#now = none;
  }

  /** Of the run under way alone. */
  get now(): NativeEngineCounters {
    return this.#now;
  }

  sum(): SummedCounters {
    const [before, now] = [this.#before, this.#now];
    const fedBefore = before.packets + total(before.ignored);
    return {
      packets: before.packets + now.packets,
      ignored: added(before.ignored, now.ignored),
      flows: before.flows + now.flows,
      openFlows: now.openFlows,
      endReasons: added(before.endReasons, now.endReasons),
      latePackets: before.latePackets + now.latePackets,
      largestStepBackMs: Math.max(before.largestStepBackMs, now.largestStepBackMs),
      firstLatePacket: before.firstLatePacket || (now.firstLatePacket && fedBefore + now.firstLatePacket),
      tableBytes: now.tableBytes,
    };
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function added(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));
}
