import type { FlowAggregator } from '../../aggregate/aggregate.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import { shown } from '../../report/gather/shown.js';
import { LiveFigures } from '../../report/live/live-figures.js';
import { count, counted, shortBytes, shortCount } from '../../text/quantity.js';
import { ActiveFlows } from './active-flows.js';
import type { TopApplication, TopData, TopSource } from './top-data.js';

/** Active flows that are looked at each second. */
const mostFlows = 5000;
/** Seconds that the rate of an application is the mean of. */
const rateSeconds = 3;

/** What comes from devices: a second at a time. */
export class LiveTop implements TopSource {
  readonly order = 'rate';
  readonly #aggregator: FlowAggregator;
  readonly #title: string;
  readonly #figures = new LiveFigures();
  readonly #flows = new ActiveFlows();
  #looking = false;
  #sampled = false;
  #nowMs = Date.now();

  /** @param title what is captured from */
  constructor(aggregator: FlowAggregator, title: string) {
    this.#aggregator = aggregator;
    this.#title = title;
  }

  /** Takes flows that have ended. */
  ended(batch: FlowBatch): void {
    this.#figures.addEnded(batch);
    this.#flows.take(batch);
  }

  /** A second is over: takes what has come of flows that are open. */
  async second(nowMs: number): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    await this.#aggregator
      .look(mostFlows, (batch, threshold) => {
        this.#figures.add(batch, threshold);
        this.#flows.take(batch);
        this.#sampled = threshold > 0;
      })
      .catch(() => {}); // it ends the run, which tells it
    this.#looking = false;
    this.#nowMs = nowMs;
    this.#figures.tick(nowMs);
    this.#flows.tick();
  }

  data(): TopData {
    const { source, flows } = this.#aggregator.runReport();
    const live = source !== null && 'byDevice' in source ? source : null;
    const dropped = live === null ? 0 : live.droppedByKernel + live.droppedByCredit + live.droppedByInterface;
    const { applications, history } = this.#applications();
    const [bytes, packets] = ['bytesPerSecond', 'packetsPerSecond'].map((rate) =>
      applications.reduce((sum, one) => sum + one[rate as 'bytesPerSecond'], 0),
    ) as [number, number];
    const { active, left } = this.#flows.counts;
    return {
      facts: [
        this.#title,
        `${shortBytes(Math.round(bytes))}/s`,
        `${shortCount(Math.round(packets))} packets/s`,
        counted(active, 'active flow'),
        `${count(flows.openFlows)} open of ${count(flows.capacity)}`,
      ],
      trouble: dropped > 0 ? `${count(dropped)} packets dropped` : '',
      history,
      stepMs: 1000,
      applications,
      flows: this.#flows.flows(),
      leftOut: this.#sampled ? 'estimated: very many flows' : left > 0 ? `without ${count(left)} small ones` : '',
    };
  }

  #applications(): { applications: TopApplication[]; history: number[] } {
    const { series } = this.#figures.timelines('minute', this.#nowMs, 1).application;
    const mean = (values: readonly number[]): number => values.slice(-rateSeconds).reduce((sum, value) => sum + value, 0) / rateSeconds;
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    const applications = series.map(({ name, bytes, packets, flows }): TopApplication => ({
      name: name === null ? 'everything else' : shown('application', name),
      bytesPerSecond: mean(bytes),
      packetsPerSecond: mean(packets),
      bytes: total(bytes),
      packets: total(packets),
      flows: total(flows),
      history: bytes,
    }));
    const history = Array.from({ length: series[0]?.bytes.length ?? 0 }, (_, bin) => series.reduce((sum, { bytes }) => sum + bytes[bin]!, 0));
    return { applications, history };
  }
}
