import { checkFunction, checkIterable, checkRow } from '../arguments.js';
import { FlowError, invalidOption, listed, quoted, shortened } from '../errors.js';
import { isRecord } from '../is-record.js';
import { unknownOption } from '../options.js';
import { fieldTypes, fields as knownFields, sized, type Field, type FieldType } from '../schema/fields.js';
import { Schema, userField } from '../schema/schema.js';
import type { RunState } from '../stage/run-state.js';
import { buildColumn, columnLength, gatherColumn, sliceColumn, type FlowColumn } from './columns.js';
import { Flow, flowClass, type FlowRow } from './flow.js';
import type { FlowSource } from './flow-source.js';

/** What {@link FlowBatch.withColumn} can be told of a column. */
export interface ColumnOptions {
  /**
   * Items of each list, 0 to 65,535. Default: as many as the first one has. A batch without flows, as the first one of an aggregator, has no first list: a stage of a pipeline says
   * the size.
   */
  size?: number;
  /** Values, or items, are bigints in JavaScript, as numbers hold integers up to 2^53 only. Files have all digits either way. Default false. */
  bigint?: boolean;
}

/** The longest lists that columns have. */
const longestList = 65_535;

/**
 * Up to 8,192 flows as columns: what an aggregator gives and exporters take. Immutable; every method returns a new batch and copies
 * no more than it must. Iterating gives {@link FlowRow} objects.
 */
export class FlowBatch<Row extends FlowRow = FlowRow> implements Iterable<Row> {
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
   * (snake_case or camelCase) get their types, others the type of their values. A row that lacks one has null there. No rows give a batch without columns.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when a value does not fit its column, or a row has a column that the first one has not; ERR_NFSTREAM_OPTION_TYPE for what are no rows
   */
  static from(rows: Iterable<Readonly<Record<string, unknown>>>, run?: RunState): FlowBatch {
    checkIterable('the rows of FlowBatch.from()', 'an array of objects', rows);
    if (run !== undefined && !isRecord(run)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the run of FlowBatch.from()', 'an object', run);
    const list = Array.from(rows, (row: unknown) => (row instanceof Flow ? row.toObject() : row)) as Readonly<Record<string, unknown>>[];
    checkRows(list);
    const fields = Object.keys(list[0] ?? {}).map((name) => fieldFor(name, list));
    const schema = new Schema(
      fields.map(([, field]) => field),
      run,
    );
    const columns = fields.map(([key, field]) =>
      buildColumn(
        field,
        list.map((row) => row[key]),
      ),
    );
    return new FlowBatch(schema, list.length, columns);
  }

  /**
   * One column by its name in files or its property name.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when there is none, ERR_NFSTREAM_OPTION_TYPE
   */
  column(name: string): FlowColumn {
    return this.columns[this.#index(name)]!;
  }

  /**
   * The flow of a row, or undefined beyond the last; negative ones count from the end.
   * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE for what is no integer
   */
  at(row: number): Row | undefined {
    checkRow('the row of at()', row);
    const index = row < 0 ? this.length + row : row;
    return index >= 0 && index < this.length ? (new (flowClass(this.schema))(this, index) as Row) : undefined;
  }

  *[Symbol.iterator](): Generator<Row, undefined> {
    const RowOfSchema = flowClass(this.schema);
    for (let row = 0; row < this.length; row++) yield new RowOfSchema(this, row) as Row;
    return undefined;
  }

  /** The flows for which `keep` is true. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
  filter(keep: (flow: Row, row: number) => boolean): FlowBatch<Row> {
    checkFunction('the test of filter()', keep);
    const rows: number[] = [];
    let row = 0;
    for (const flow of this) {
      if (keep(flow, row)) rows.push(row);
      row++;
    }
    return new FlowBatch(
      this.schema,
      rows.length,
      this.columns.map((column) => gatherColumn(column, rows)),
      this.source,
    );
  }

  /**
   * Rows `from` to `to` (exclusive), over the same memory; negative ones count from the end.
   * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE for what is no integer
   */
  slice(from = 0, to = this.length): FlowBatch<Row> {
    checkRow('the first row of slice()', from);
    checkRow('the end of slice()', to);
    const [start, end] = [this.#place(from), this.#place(to)];
    const length = Math.max(0, end - start);
    return new FlowBatch(
      this.schema,
      length,
      this.columns.map((column) => sliceColumn(column, start, start + length)),
      this.source,
    );
  }

  /**
   * Only these columns, in this order. Batches of one schema give batches of one schema.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when one does not exist, or is there twice; ERR_NFSTREAM_OPTION_TYPE
   */
  select(names: readonly string[]): FlowBatch {
    if (!Array.isArray(names) || !Array.from(names).every((name) => typeof name === 'string'))
      throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the columns of select()', 'an array of names', names);
    const indices = names.map((name) => this.#index(name));
    const schema = derived(this.schema, `select ${indices.join()}`, () => indices.map((index) => this.schema.fields[index]!));
    return new FlowBatch(
      schema,
      this.length,
      indices.map((index) => this.columns[index]!),
      this.source,
    );
  }

  /**
   * The batch with one more column at its end.
   * @param values one value a flow, or null: numbers or bigints for 'int', finite numbers for 'float', strings for 'text', arrays of integers, all of one length, for 'list'.
   * Integers have 64 bits
   * @throws {FlowError} ERR_NFSTREAM_COLUMN when the name is taken, the number of values differs, or a value does not fit the type, which names its row;
   * ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
   */
  withColumn(name: string, type: FieldType, values: ArrayLike<unknown>, options: ColumnOptions = {}): FlowBatch {
    const taken = this.schema.indexOf(name) >= 0;
    if (name === '') throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the name of a column', 'one that is not empty', name);
    const of = `of column ${shortened(name)}`;
    if (!fieldTypes.includes(type))
      throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `the type ${of}`, `one of ${fieldTypes.map((one) => quoted(one)).join(', ')}`, type);
    if (typeof values !== 'object' || values === null || !Number.isInteger(values.length))
      throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `the values ${of}`, 'an array', values);
    const { size, bigint } = checkColumnOptions(options, type);
    if (taken) throw new FlowError('ERR_NFSTREAM_COLUMN', `There is a column named ${shortened(name)} already; give the new one another name.`);
    if (values.length !== this.length)
      throw new FlowError('ERR_NFSTREAM_COLUMN', `Column ${shortened(name)} needs ${this.length} values but got ${values.length}.`);
    const field = userField(name, type, type === 'list' ? (size ?? listSize(values)) : 0, bigint);
    const schema = derived(this.schema, `with ${type} ${field.list?.size ?? ''} ${bigint} ${name}`, () => [...this.schema.fields, field]);
    return new FlowBatch(schema, this.length, [...this.columns, buildColumn(field, values)], this.source);
  }

  #place(row: number): number {
    return Math.min(Math.max(row < 0 ? this.length + row : row, 0), this.length);
  }

  #index(name: string): number {
    const index = this.schema.indexOf(name);
    if (index < 0)
      throw new FlowError(
        'ERR_NFSTREAM_COLUMN',
        `There is no column named ${shortened(name)}; this run has ${listed(this.schema.fields.map((field) => field.name))}.`,
      );
    return index;
  }
}

function checkColumnOptions(options: unknown, type: FieldType): ColumnOptions & { bigint: boolean } {
  if (!isRecord(options)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the options of withColumn()', 'an object', options);
  const unknown = Object.keys(options).find((name) => name !== 'size' && name !== 'bigint');
  if (unknown !== undefined) throw unknownOption(unknown, ['size', 'bigint']);
  const { size, bigint = false } = options as { size?: unknown; bigint?: unknown };
  if (bigint !== true && bigint !== false) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'bigint', 'true or false', bigint);
  if (bigint && type !== 'int' && type !== 'list')
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'bigint', "true only with the types 'int' and 'list'", bigint);
  if (size === undefined) return { bigint };
  if (typeof size !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'size', `an integer from 0 to ${longestList}`, size);
  if (!Number.isInteger(size) || size < 0 || size > longestList)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'size', `an integer from 0 to ${longestList}`, size);
  if (type !== 'list') throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'size', "none without the type 'list'", size);
  return { size, bigint };
}

function checkRows(rows: readonly unknown[]): void {
  const names = new Set(Object.keys(rows[0] ?? {}));
  rows.forEach((row, index) => {
    if (!isRecord(row)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `row ${index} of FlowBatch.from()`, 'an object with the values of a flow', row);
    const more = Object.keys(row).find((name) => !names.has(name));
    if (more !== undefined)
      throw new FlowError('ERR_NFSTREAM_COLUMN', `Row ${index} has the column ${shortened(more)}, which the first row lacks; give it null there.`);
  });
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
