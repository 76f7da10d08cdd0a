import type { FlowBatch } from '../../flows/flow-batch.js';
import { FlowGatherer, finderOf } from '../../report/flow-gatherer.js';
import { grouped } from '../../report/gather/groups.js';
import { columnsFor, numbersOf } from '../../report/gather/roles.js';
import { shown } from '../../report/gather/shown.js';
import { tell, type Told } from '../../report/gather/told.js';
import { Best, flowAt } from '../../report/kept-flows.js';
import { count, counted, shortBytes, shortDuration } from '../../text/quantity.js';
import { FlowRow } from './flow-row.js';
import type { TopApplication, TopData, TopSource } from './top-data.js';

/** Flows that are kept, those with the most bytes. */
const mostFlows = 2000;

/** What is in captures or in files of flows: as far as they are read. */
export class FileTop implements TopSource {
  readonly order = 'bytes';
  /** All is read. */
  done = false;
  readonly #title: string;
  readonly #position: () => string;
  readonly #gatherer = new FlowGatherer();
  readonly #largest = new Best(mostFlows);
  #told: Told | null = null;

  /** @param title what is read, @param position how far it is read; '' where that is not known */
  constructor(title: string, position: () => string) {
    this.#title = title;
    this.#position = position;
  }

  /** Takes rows `from` to `to` (exclusive). */
  add(batch: FlowBatch, from: number, to: number): void {
    this.#told = null;
    const row = this.#gatherer.gathered.flows;
    this.#gatherer.add(batch, from, to);
    const sizes = new Float64Array(to - from);
    for (const column of columnsFor('bytes', finderOf(batch))?.columns ?? []) numbersOf(column, from, to).forEach((value, at) => (sizes[at]! += value || 0));
    for (let at = 0; at < sizes.length; at++) {
      const score = sizes[at]!;
      if (this.#largest.takes(score)) this.#largest.add({ score, row: row + at, flow: flowAt(batch, from + at) });
    }
  }

  data(): TopData {
    const told = (this.#told ??= tell(this.#gatherer.gathered, this.#gatherer.texts, 1));
    const { flows, packets, bytes, firstMs, lastMs } = told;
    const lasted = firstMs === null || lastMs === null ? 0 : lastMs - firstMs;
    const { series, widthMs } = told.timelines.application;
    const kept = this.#largest.flows.length;
    return {
      facts: [
        this.#title,
        counted(flows, 'flow'),
        counted(packets, 'packet'),
        shortBytes(bytes),
        ...(lasted > 0 ? [shortDuration(Math.round(lasted))] : []),
        ...(this.done ? [] : [this.#position() || 'reading']),
      ],
      trouble: '',
      history: Array.from({ length: series[0]?.bytes.length ?? 0 }, (_, bin) => series.reduce((sum, one) => sum + one.bytes[bin]!, 0)),
      stepMs: widthMs,
      applications: this.#applications(told, lasted),
      flows: this.#largest.flows.map(({ flow }) => rowOf(new FlowRow(flow, 0))),
      leftOut: kept < flows ? `the largest ${count(kept)} of ${count(flows)}` : '',
    };
  }

  #applications(told: Told, lastedMs: number): TopApplication[] {
    const histories = new Map(told.timelines.application.series.map((series) => [series.name, series.bytes]));
    const rate = (value: number): number => (lastedMs > 0 ? (1000 * value) / lastedMs : 0);
    return grouped(told.tables.applications.cells, ({ application }) => application).map(({ key, amount, packets, flows }) => ({
      name: shown('application', key.application!),
      bytesPerSecond: rate(amount),
      packetsPerSecond: rate(packets),
      bytes: amount,
      packets,
      flows,
      history: histories.get(key.application as string) ?? [],
    }));
  }
}

function rowOf(flow: FlowRow): TopData['flows'][number] {
  const rate = (value: number): number => (flow.durationMs > 0 ? (1000 * value) / flow.durationMs : 0);
  return { flow, bytesPerSecond: rate(flow.bytes), packetsPerSecond: rate(flow.packets), history: [] };
}
