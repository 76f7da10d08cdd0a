import type { CaptureReport } from '../../capture/index.js';
import type { LiveReport } from '../../live/index.js';
import type { AggregateReport } from '../aggregate-options.js';

/** What a run has counted so far, from packets to flows. */
export interface RunReport {
  /** When it was made, in milliseconds since the epoch. */
  timeMs: number;
  /** Seconds since the aggregator was made, by a clock that is never set. */
  seconds: number;
  /** Of the source that is piped into the aggregator; null where that is none of ours. */
  source: CaptureReport | LiveReport | null;
  /** Of the aggregator. */
  flows: AggregateReport;
}
