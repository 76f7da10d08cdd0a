import { gatherColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { durationsOf, type Chunk } from './gather/chunk.js';
import type { Texts } from '../text/texts.js';

/** Flows that are kept of each kind. */
const longestAndLargest = 50;
const strangest = 200;
const ofEachRisk = 10;
const mostRisks = 128;

/** A flow that is kept: its columns, and its number among all flows. */
export interface KeptFlow {
  readonly score: number;
  readonly row: number;
  readonly flow: FlowBatch;
}

/** The flows with the highest scores; of equal ones the first. */
export class Best {
  readonly flows: KeptFlow[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  takes(score: number): boolean {
    return this.flows.length < this.#limit || score > this.flows.at(-1)!.score;
  }

  add(kept: KeptFlow): void {
    const before = this.flows.findIndex(({ score }) => score < kept.score);
    this.flows.splice(before < 0 ? this.flows.length : before, 0, kept);
    this.flows.length = Math.min(this.flows.length, this.#limit);
  }
}

/** Flows that a report shows although it has no room for all: the longest, the largest, the first of each kind that was rare, and some of each risk. */
export class KeptFlows {
  readonly #longest = new Best(longestAndLargest);
  readonly #largest = new Best(longestAndLargest);
  readonly #rare = new Best(strangest);
  #risks = new Map<number, Best>();

  /**
   * Looks at rows `from` on of a batch.
   * @param chunk what they tell, @param row number of its first flow among all, @param isFirst whether a flow is the first one of its protocol, port and application
   */
  add(batch: FlowBatch, from: number, chunk: Chunk, row: number, isFirst: Uint8Array, texts: Texts): void {
    const durations = durationsOf(chunk);
    const { bytes, riskScore } = chunk.amounts;
    const { risks } = chunk.codes;
    const one = (at: number): FlowBatch => flowAt(batch, from + at);
    const offer = (best: Best, score: number, at: number): void => {
      if (best.takes(score)) best.add({ score, row: row + at, flow: one(at) });
    };
    for (let at = 0; at < chunk.length; at++) {
      const size = bytes?.[at] ?? 0;
      if (durations[at]! > 0) offer(this.#longest, durations[at]!, at);
      offer(this.#largest, size, at);
      if (isFirst[at] === 1) offer(this.#rare, (riskScore?.[at] ?? 0) * 2 ** 32 + Math.min(size, 2 ** 32 - 1), at);
      if (risks === undefined || risks[at] === 0) continue;
      for (const risk of texts.partsOf(risks[at]!)) {
        const best = this.#risks.get(risk) ?? (this.#risks.size < mostRisks ? new Best(ofEachRisk) : null);
        if (best === null) continue;
        this.#risks.set(risk, best);
        offer(best, size, at);
      }
    }
  }

  /** The numbers of texts in use. */
  settle(): Iterable<number> {
    return this.#risks.keys();
  }

  /** Changes the numbers of texts. */
  renumber(change: (code: number) => number): void {
    this.#risks = new Map([...this.#risks].map(([risk, best]) => [change(risk), best]));
  }

  /** Each flow once, in the order in which they came. @param most of each kind */
  flows(most: number): FlowBatch[] {
    const all = [this.#longest, this.#largest, this.#rare, ...this.#risks.values()].flatMap(({ flows }) => flows.slice(0, most));
    const byRow = new Map(all.map((kept) => [kept.row, kept.flow]));
    return [...byRow].sort(([one], [other]) => one - other).map(([, flow]) => flow);
  }
}

/** One flow, in memory of its own: what is kept does not keep its batch. */
export function flowAt(batch: FlowBatch, row: number): FlowBatch {
  const columns = batch.columns.map((column) => gatherColumn(column, [row]));
  return new FlowBatch(batch.schema, 1, columns, batch.source);
}
