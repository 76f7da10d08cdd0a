import type { Writable } from 'node:stream';
import { CaptureStream } from '../../capture/capture-stream.js';
import { Source } from '../../stage/source.js';
import type { AggregateReport } from '../aggregate-options.js';
import type { RunReport } from './run-report.js';

/** A stage that is watched. */
type Watched = Writable & { report(): AggregateReport };

/** A source of packets. */
type Reported = { report(): NonNullable<RunReport['source']> };

/** Longest delay that a timer of Node takes, in milliseconds. */
const longestDelay = 2 ** 31 - 1;

/** Emits `report` on an aggregator, every so many milliseconds. */
export class Reporting {
  readonly #stage: Watched;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout | null = null;
  #source: Reported | null = null;

  /** @param everyMs Infinity for never */
  constructor(stage: Watched, everyMs: number) {
    this.#stage = stage;
    stage.on('pipe', (source: object) => {
      if (source instanceof Source || source instanceof CaptureStream) this.#source = source as unknown as Reported;
    });
    if (everyMs !== Infinity) this.#timer = setInterval(() => stage.emit('report', this.report()), Math.min(everyMs, longestDelay)).unref();
  }

  report(): RunReport {
    const seconds = Math.round(performance.now() - this.#began) / 1000;
    return { timeMs: Date.now(), seconds, source: this.#source?.report() ?? null, flows: this.#stage.report() };
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
