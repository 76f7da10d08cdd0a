import type { SummedCounters } from '../run-counters.js';
import { ignoreReasons } from '../../capture/ignore-reason.js';
import type { AggregateReport } from '../aggregate-options.js';
import type { Metering } from '../metering.js';

/** What an aggregator tells beside the counters of its engine. */
interface Beside {
  readonly capacity: number;
  /** As many flows as were asked for were given: what is open is none of them. */
  readonly enough: boolean;
  readonly skipped: Metering['skipped'];
  /** Rows of snapshots that were not given. */
  readonly looked: number;
  readonly applications: Record<string, number>;
}

/** The report of an aggregator. */
export function aggregateReport(counters: SummedCounters, { capacity, enough, skipped, looked, applications }: Beside): AggregateReport {
  const { ignored, endReasons, openFlows, ...rest } = counters;
  const [idle, active, end, full, tcpFin, tcpRst, custom, snapshots] = endReasons as [number, number, number, number, number, number, number, number];
  const byReason = ignored.map((count, reason): [string, number] => [ignoreReasons[reason]!, count]).filter(([, count]) => count > 0);
  return {
    ...rest,
    openFlows: enough ? 0 : openFlows,
    capacity,
    snapshots: snapshots - looked,
    discardedFlows: enough ? openFlows : 0,
    ignored: Object.fromEntries(byReason),
    endReasons: { idle, active, end, capacity: full, tcpFin, tcpRst, custom },
    applications,
    pluginErrors: skipped.count,
    firstPluginError: skipped.first,
  };
}
