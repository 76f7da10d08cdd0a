import type { FlowColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { Texts } from '../text/texts.js';
import { chunkOf, type Chunk } from './gather/chunk.js';
import { Gathered } from './gather/gathered.js';
import type { ColumnFinder } from './gather/roles.js';

/** Texts that are told apart at once, and their bytes; beyond that, what is not in use is forgotten. */
const mostTexts = 1 << 17;
const mostTextBytes = 16 << 20;

/** Flows between two looks at how many texts there are. */
const stride = 4096;

/** What has numbers of texts. */
export interface TextUser {
  /** The numbers in use; may give up what it can do without. */
  settle(): Iterable<number>;
  renumber(change: (code: number) => number): void;
}

/** Told of flows as they are gathered: @param row number of the first among all, @param isFirst whether a flow is the first of its protocol, port and application. */
export type Looked = (chunk: Chunk, from: number, row: number, isFirst: Uint8Array, texts: Texts) => void;

/** Texts, most of which nobody has any more after a while: then they are forgotten. */
export class SharedTexts {
  texts = new Texts();
  readonly #users: readonly TextUser[];

  constructor(users: readonly TextUser[]) {
    this.#users = users;
  }

  /** Forgets the texts that no user has, where there are too many. The numbers of the others change. */
  tidy(): void {
    if (this.texts.size <= mostTexts && this.texts.used <= mostTextBytes) return;
    const used = new Set(this.#users.flatMap((user) => [...user.settle()]));
    const [before, after] = [this.texts, new Texts()];
    const numbers = new Int32Array(before.size);
    for (const code of used) if (code > 0) numbers[code] = after.copy(before, code);
    for (const user of this.#users) user.renumber((code) => numbers[code]!);
    this.texts = after;
  }
}

/** Gathers batches of flows, in bounded memory and in pieces that end at the same flows however they come, so that the sums are the same. */
export class FlowGatherer {
  readonly gathered = new Gathered();
  readonly #shared: SharedTexts;

  /** @param users who else has numbers of its texts */
  constructor(users: readonly TextUser[] = []) {
    this.#shared = new SharedTexts([this.gathered, ...users]);
  }

  get texts(): Texts {
    return this.#shared.texts;
  }

  /** Adds rows `from` to `to` (exclusive). */
  add(batch: FlowBatch, from: number, to: number, looked: Looked | null = null): void {
    for (let row = from; row < to;) {
      const end = Math.min(to, row + stride - (this.gathered.flows % stride));
      this.#add(batch, row, end, looked);
      row = end;
    }
  }

  #add(batch: FlowBatch, from: number, to: number, looked: Looked | null): void {
    if (this.gathered.flows % stride === 0) this.#shared.tidy();
    const chunk = chunkOf(finderOf(batch), from, to, this.texts);
    const row = this.gathered.flows;
    if (looked === null) return this.gathered.add(chunk, this.texts);
    const isFirst = new Uint8Array(chunk.length);
    this.gathered.add(chunk, this.texts, null, (at, flows) => {
      if (flows === 1) isFirst[at] = 1;
    });
    looked(chunk, from, row, isFirst, this.texts);
  }
}

/** Finds the columns of a batch that can be gathered. */
export function finderOf(batch: FlowBatch): ColumnFinder {
  return (name) => {
    const column: FlowColumn | undefined = batch.columns[batch.schema.indexOf(name)];
    return column === undefined || column.type === 'list' ? null : column;
  };
}
