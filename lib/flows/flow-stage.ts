import { FlowError } from '../errors.js';
import { Stage } from '../stage/stage.js';
import { FlowBatch } from './flow-batch.js';

/** What our stages from flows to flows have in common: they take one batch of flows at a time, and note its run. */
export abstract class FlowStage extends Stage<FlowBatch> {
  readonly #refusal: string;

  /** @param name as a user writes it: `where()`, @param givenBy where its batches come from, and what to do about others */
  protected constructor(name: string, givenBy = 'as aggregate() gives them; put it behind aggregate().') {
    super(name, { objectMode: true, readableHighWaterMark: 2, writableHighWaterMark: 1 });
    this.#refusal = `${name} takes FlowBatch objects, ${givenBy}`;
  }

  /** Does the work for one batch. */
  protected abstract acceptFlows(batch: FlowBatch): Promise<void>;

  protected override async accept(chunk: unknown): Promise<void> {
    if (!(chunk instanceof FlowBatch)) throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', this.#refusal);
    this.runs.take(chunk.schema.run);
    await this.acceptFlows(chunk);
  }

  protected override async finish(): Promise<void> {}
}
