import { FlowError } from '../errors.js';
import { valueAt } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { Stage } from '../stage/stage.js';
import { numberColumn } from './flow-numbers.js';

/** Remembers the flows that come, and takes the column of their numbers away. */
export class ChosenFlows extends Stage<FlowBatch> {
  /** The `id` of each flow by its number; its number where flows have no `id`. */
  readonly ids = new Map<number, number>();
  readonly #wanted: ReadonlySet<number> | null;

  /** @param wanted the ids of those that are remembered; null for all */
  constructor(wanted: ReadonlySet<number> | null = null) {
    super('toCapture()', { objectMode: true, readableHighWaterMark: 2, writableHighWaterMark: 1 });
    this.#wanted = wanted;
  }

  protected override async accept(chunk: unknown): Promise<void> {
    if (!(chunk instanceof FlowBatch)) throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', 'toCapture() takes FlowBatch objects, as aggregate() gives them.');
    this.runs.take(chunk.schema.run);
    const names = chunk.schema.fields.map(({ name }) => name).filter((name) => name !== numberColumn);
    if (names.length === chunk.schema.fields.length) return this.give(chunk); // a run without packets may have no columns
    const numbers = chunk.column(numberColumn);
    const ids = chunk.schema.indexOf('id') < 0 ? numbers : chunk.column('id');
    for (let row = 0; row < chunk.length; row++) {
      const id = Number(valueAt(ids, row));
      if (this.#wanted === null || this.#wanted.has(id)) this.ids.set(Number(valueAt(numbers, row)), id);
    }
    await this.give(chunk.select(names));
  }

  protected override async finish(): Promise<void> {}
}
