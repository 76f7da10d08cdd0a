import { valueAt } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { FlowStage } from '../flows/flow-stage.js';
import type { FlowNames } from './flow-names.js';
import { numberColumn } from './flow-numbers.js';

/** Remembers the flows that come, and takes the column of their numbers away. */
export class ChosenFlows extends FlowStage {
  /** The `id` of each flow by its number; its number where flows have no `id`. */
  readonly ids = new Map<number, number>();
  /** The path of each flow's file by its `id`; empty where flows share one. */
  readonly paths = new Map<number, string>();
  readonly #wanted: ReadonlySet<number> | null;
  readonly #names: FlowNames | null;

  /** @param wanted the ids of those that are remembered; null for all, @param names of the files that their packets go to, each by its flow; null for none */
  constructor(wanted: ReadonlySet<number> | null = null, names: FlowNames | null = null) {
    super('toCapture()');
    this.#wanted = wanted;
    this.#names = names;
  }

  protected override async acceptFlows(batch: FlowBatch): Promise<void> {
    const names = batch.schema.fields.map(({ name }) => name).filter((name) => name !== numberColumn);
    if (names.length === batch.schema.fields.length) return this.give(batch); // a run without packets may have no columns
    const numbers = batch.column(numberColumn);
    const ids = batch.schema.indexOf('id') < 0 ? numbers : batch.column('id');
    const pathOf = this.#names?.of(batch, ids);
    for (let row = 0; row < batch.length; row++) {
      const id = Number(valueAt(ids, row));
      if (this.#wanted !== null && !this.#wanted.has(id)) continue;
      this.ids.set(Number(valueAt(numbers, row)), id);
      if (pathOf !== undefined) this.paths.set(id, pathOf(row));
    }
    await this.give(batch.select(names));
  }
}
