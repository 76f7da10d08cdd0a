import { Transform, type TransformCallback } from 'node:stream';
import { FlowBatch } from '../../flows/flow-batch.js';
import { valueAt } from '../../flows/columns.js';

/** What `expiration_id` says of a row of a snapshot, whose flow is not over. */
const ofSnapshot = 5;

/** Lets flows through as they were asked for, and tells of them with all columns that they have. */
export class WatchFlows extends Transform {
  readonly #added: ReadonlySet<string>;
  readonly #take: (batch: FlowBatch, ended: boolean) => void;

  /** @param added columns that those behind are not given, @param take is told of each batch */
  constructor(added: ReadonlySet<string>, take: (batch: FlowBatch, ended: boolean) => void) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#added = added;
    this.#take = take;
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    try {
      callback(null, chunk instanceof FlowBatch ? this.#pass(chunk) : chunk);
    } catch (error) {
      callback(error as Error);
    }
  }

  #pass(batch: FlowBatch): FlowBatch {
    if (batch.length > 0) {
      const reason = batch.schema.indexOf('expiration_id');
      this.#take(batch, reason < 0 || valueAt(batch.columns[reason]!, 0) !== ofSnapshot);
    }
    const names = batch.schema.fields.map(({ name }) => name).filter((name) => !this.#added.has(name));
    return names.length === batch.schema.fields.length ? batch : batch.select(names);
  }
}
