import { FlowBatch } from './flow-batch.js';
import { FlowError } from '../errors.js';
import type { TakenRuns } from '../stage/run-state.js';
import type { Field } from '../schema/fields.js';
import { Schema } from '../schema/schema.js';

/** Stands before encoders: lets only flow batches of one schema through, and notes their runs. */
export class BatchGuard {
  readonly #stage: string;
  readonly #runs: TakenRuns;
  #first: Schema | null = null;
  #last: Schema | null = null;

  /** @param stage name of the stage for messages, as a user writes it: `toCsv()`, @param runs what it has taken */
  constructor(stage: string, runs: TakenRuns) {
    this.#stage = stage;
    this.#runs = runs;
  }

  /**
   * Takes a chunk that should be a flow batch.
   * @throws {FlowError} ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED
   */
  accept(chunk: unknown): FlowBatch {
    if (!(chunk instanceof FlowBatch)) {
      throw new FlowError('ERR_NFSTREAM_BATCH_TYPE', `${this.#stage} takes FlowBatch objects, as aggregate() gives them, but received ${kindOf(chunk)}.`);
    }
    this.#runs.take(chunk.schema.run);
    if (chunk.schema !== this.#last) {
      this.#compare(chunk.schema);
      this.#last = chunk.schema;
    }
    return chunk;
  }

  /** The schema of the first batch; without a batch one that has no columns. */
  get schema(): Schema {
    return (this.#first ??= new Schema([]));
  }

  #compare(schema: Schema): void {
    this.#first ??= schema;
    const difference = differenceOf(this.#first.fields, schema.fields);
    if (difference !== null) {
      throw new FlowError(
        'ERR_NFSTREAM_SCHEMA_CHANGED',
        `${this.#stage} writes one set of columns, but a later batch has others: ${difference}. Give each set an exporter of its own.`,
      );
    }
  }
}

function differenceOf(before: readonly Field[], after: readonly Field[]): string | null {
  const names = new Set(before.map((field) => field.name));
  const added = after.filter((field) => !names.has(field.name)).map((field) => field.name);
  if (added.length > 0) return `${added.join(', ')} came in`;
  const left = new Set(after.map((field) => field.name));
  const missing = before.filter((field) => !left.has(field.name)).map((field) => field.name);
  if (missing.length > 0) return `${missing.join(', ')} went missing`;
  for (const [index, field] of after.entries()) {
    const old = before[index]!;
    if (old.name !== field.name) return `${field.name} stands where ${old.name} was`;
    if (old.type !== field.type) return `${field.name} was ${old.type} and is ${field.type}`;
    if (old.list?.size !== field.list?.size || old.list?.item !== field.list?.item)
      return `${field.name} has lists of another length or type${old.list?.size === 0 && 'user' in field ? ' (a batch without flows does not tell their length; give withColumn() the size)' : ''}`;
    if ((old.nullable ?? false) !== (field.nullable ?? false)) return `${field.name} ${field.nullable ? 'may now be null' : 'may no longer be null'}`;
    if ((old.plain ?? false) !== (field.plain ?? false)) return `${field.name} ${field.plain ? 'is now plain text' : 'may now hold any text'}`;
  }
  return null;
}

function kindOf(chunk: unknown): string {
  if (typeof chunk !== 'object' || chunk === null) return `a ${typeof chunk}`;
  return `a ${chunk.constructor?.name ?? 'null prototype'} object`;
}
