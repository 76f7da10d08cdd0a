import { FlowError } from '../errors.js';
import { fields as knownFields, sized, type Field, type FieldType } from '../schema/fields.js';
import { Schema, userField, type RunState } from '../schema/schema.js';
import { buildColumn, columnLength, gatherColumn, sliceColumn, type FlowColumn } from './columns.js';
import { flowClass, type FlowRow } from './flow.js';
import type { FlowSource } from './flow-source.js';

/**
 * Up to 8,192 flows as columns: what an aggregator gives and exporters take. Immutable; every method returns a new batch and copies
 * no more than it must. Iterating gives {@link FlowRow} objects.
 */
export class FlowBatch implements Iterable<FlowRow> {
  readonly schema: Schema;
  /** Number of flows. */
  readonly length: number;
  /** The columns in the schema's order. */
  readonly columns: readonly FlowColumn[];
  /** The capture that the flows are from, where every capture is a run of its own (`perFile`); else null. */
  readonly source: FlowSource | null;

  /** @internal Batches are made by aggregators, readers and {@link FlowBatch.from}. */
  constructor(schema: Schema, length: number, columns: readonly FlowColumn[], source: FlowSource | null = null) {
    this.source = source;
    this.schema = schema;
    this.length = length;
    this.columns = columns;
  }

  /**
   * A batch from plain rows, for tests and for flows from elsewhere. Columns are those of the first row: names of known fields
   * (snake_case or camelCase) get their types, others the type of their values. No rows give a batch without columns.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when a value does not fit its column
   */
  static from(rows: Iterable<Readonly<Record<string, unknown>>>, run?: RunState): FlowBatch {
    const list = [...rows];
    const fields = Object.keys(list[0] ?? {}).map((name) => fieldFor(name, list));
    const schema = new Schema(fields.map(([, field]) => field), run);
    const columns = fields.map(([key, field]) => buildColumn(field, list.map((row) => row[key])));
    return new FlowBatch(schema, list.length, columns);
  }

  /**
   * One column by its name in files or its property name.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when there is none
   */
  column(name: string): FlowColumn {
    return this.columns[this.#index(name)]!;
  }

  /** The flow of a row, or undefined beyond the last. */
  at(row: number): FlowRow | undefined {
    const index = row < 0 ? this.length + row : row;
    return index >= 0 && index < this.length ? new (flowClass(this.schema))(this, index) : undefined;
  }

  *[Symbol.iterator](): Generator<FlowRow, undefined> {
    const RowOfSchema = flowClass(this.schema);
    for (let row = 0; row < this.length; row++) yield new RowOfSchema(this, row);
    return undefined;
  }

  /** The flows for which `keep` is true. */
  filter(keep: (flow: FlowRow, row: number) => boolean): FlowBatch {
    const rows: number[] = [];
    let row = 0;
    for (const flow of this) {
      if (keep(flow, row)) rows.push(row);
      row++;
    }
    return new FlowBatch(this.schema, rows.length, this.columns.map((column) => gatherColumn(column, rows)), this.source);
  }

  /** Rows `from` to `to` (exclusive), over the same memory. */
  slice(from = 0, to = this.length): FlowBatch {
    const [start, end] = [Math.min(Math.max(from, 0), this.length), Math.min(Math.max(to, 0), this.length)];
    const length = Math.max(0, end - start);
    return new FlowBatch(this.schema, length, this.columns.map((column) => sliceColumn(column, start, start + length)), this.source);
  }

  /**
   * Only these columns, in this order. Batches of one schema give batches of one schema.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when one does not exist
   */
  select(names: readonly string[]): FlowBatch {
    const indices = names.map((name) => this.#index(name));
    const schema = derived(this.schema, `select ${indices.join()}`, () => indices.map((index) => this.schema.fields[index]!));
    return new FlowBatch(schema, this.length, indices.map((index) => this.columns[index]!), this.source);
  }

  /**
   * The batch with one more column at its end.
   * @param values one value a flow: numbers, strings, arrays of integers (all of the first one's length), or null
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when the name is taken, the length differs, or a value does not fit the type
   */
  withColumn(name: string, type: FieldType, values: ArrayLike<unknown>): FlowBatch {
    if (this.schema.indexOf(name) >= 0) throw new FlowError('ERR_NFSTREAM_COLUMN', `There is a column named ${name} already; give the new one another name.`);
    if (values.length !== this.length) throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${name} needs ${this.length} values but got ${values.length}.`);
    const field = userField(name, type, type === 'list' ? listSize(values) : 0);
    const schema = derived(this.schema, `with ${type} ${field.list?.size ?? ''} ${name}`, () => [...this.schema.fields, field]);
    return new FlowBatch(schema, this.length, [...this.columns, buildColumn(field, values)], this.source);
  }

  #index(name: string): number {
    const index = this.schema.indexOf(name);
    if (index < 0) throw new FlowError('ERR_NFSTREAM_COLUMN', `There is no column named ${name}; this run has ${this.schema.fields.map((field) => field.name).join(', ')}.`);
    return index;
  }
}

const derivations = new WeakMap<Schema, Map<string, Schema>>();

/** The same derivation of the same schema is the same object, so that a stage that derives every batch keeps one schema. */
function derived(schema: Schema, what: string, fields: () => Field[]): Schema {
  let known = derivations.get(schema);
  if (known === undefined) derivations.set(schema, (known = new Map<string, Schema>()));
  let made = known.get(what);
  if (made === undefined) known.set(what, (made = new Schema(fields(), schema.run, schema.metadata)));
  return made;
}

const known = new Schema(knownFields);

function fieldFor(key: string, rows: readonly Readonly<Record<string, unknown>>[]): [key: string, field: Field] {
  const index = known.indexOf(key);
  const values = rows.map((row) => row[key]).filter((value) => value !== null && value !== undefined);
  if (values.some(Array.isArray)) return [key, index >= 0 ? sized(known.fields[index]!, listSize(values)) : userField(key, 'list', listSize(values))];
  if (index >= 0) return [key, known.fields[index]!];
  if (values.some((value) => typeof value === 'string')) return [key, userField(key, 'text')];
  const whole = values.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value));
  return [key, userField(key, whole ? 'int' : 'float')];
}

/** Length of the lists of a column: that of its first one. */
function listSize(values: ArrayLike<unknown>): number {
  return Array.from(values).find(Array.isArray)?.length ?? 0;
}

/** Number of rows that a column of any batch has; for checks in stages. */
export { columnLength };
