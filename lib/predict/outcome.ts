import { FlowError, listed, quoted, shortened } from '../errors.js';
import { buildColumn, intColumn, type FlowColumn } from '../flows/columns.js';
import type { FieldType } from '../schema/fields.js';
import { Schema, userField, type UserField } from '../schema/schema.js';
import type { ModelTensor } from './runtime.js';

/** The type of a column for each type of a tensor that has one. */
const types: Readonly<Record<string, FieldType>> = {
  int64: 'int',
  int32: 'int',
  int16: 'int',
  int8: 'int',
  uint32: 'int',
  uint16: 'int',
  uint8: 'int',
  bool: 'int',
  float32: 'float',
  float64: 'float',
  string: 'text',
};

/** The columns that one output of a model becomes. */
export class Outcome {
  readonly fields: readonly UserField[];
  readonly #output: string;
  readonly #type: string;

  /**
   * @param tensor what it gave for so many rows, @param names the columns: one for an output of one value a row; for several, one for each, or what their names begin with
   * @throws {FlowError} ERR_NFSTREAM_MODEL for a shape or a type that no columns hold
   */
  constructor(output: string, tensor: ModelTensor, rows: number, names: string | readonly string[]) {
    const type = types[tensor.type];
    const what = `The output ${shortened(output)} of the model`;
    if (type === undefined)
      throw new FlowError('ERR_NFSTREAM_MODEL', `${what} is of the type ${tensor.type}, which no column holds; add a Cast to float or int64 to the model.`);
    const [length, width = 1, ...more] = tensor.dims;
    if (length !== rows || more.length > 0)
      throw new FlowError(
        'ERR_NFSTREAM_MODEL',
        `${what} has the shape [${tensor.dims.join(', ')}] for ${rows} flows; predict() takes one value a flow, or one row of values a flow.`,
      );
    if (typeof names !== 'string' && names.length !== width)
      throw new FlowError('ERR_NFSTREAM_MODEL', `${what} has ${width} values a flow, but ${names.length} names were given: ${listed(names)}.`);
    this.#output = output;
    this.#type = tensor.type;
    const all = typeof names !== 'string' ? names : width === 1 ? [names] : Array.from({ length: width }, (_, index) => `${names}_${index}`);
    this.fields = all.map((name) => userField(name, type));
  }

  /** Room for the values of so many rows. */
  begin(rows: number): Filling {
    return new Filling(this.#output, this.#type, this.fields, rows);
  }
}

/** Columns that are being filled. */
class Filling {
  readonly #output: string;
  readonly #type: string;
  readonly #fields: readonly UserField[];
  readonly #columns: readonly (BigInt64Array | Float64Array | unknown[])[];
  readonly #valid: (Uint8Array | null)[];

  constructor(output: string, type: string, fields: readonly UserField[], rows: number) {
    this.#output = output;
    this.#type = type;
    this.#fields = fields;
    this.#columns = fields.map((field) =>
      field.type === 'int' ? new BigInt64Array(rows) : field.type === 'float' ? new Float64Array(rows) : new Array<unknown>(rows),
    );
    this.#valid = fields.map(() => null);
  }

  /** Takes what the model gave for rows `from` to `to`. */
  add(tensor: ModelTensor, from: number, to: number): void {
    const width = this.#columns.length;
    const { data } = tensor;
    if (tensor.type !== this.#type || data.length !== (to - from) * width)
      throw new FlowError(
        'ERR_NFSTREAM_MODEL',
        `The output ${shortened(this.#output)} of the model was ${width} values of ${this.#type} a flow, and is now ${data.length} of ${tensor.type} for ${to - from} flows.`,
      );
    for (const [index, column] of this.#columns.entries()) {
      if (column instanceof BigInt64Array) for (let row = from, at = index; row < to; row++, at += width) column[row] = BigInt(data[at] as number | bigint);
      else if (column instanceof Float64Array) this.#addFloats(column, index, data as ArrayLike<number>, from, to);
      else for (let row = from, at = index; row < to; row++, at += width) column[row] = data[at];
    }
  }

  /** The columns, all of whose rows were added. */
  end(): FlowColumn[] {
    return this.#columns.map((values, index) => {
      const valid = this.#valid[index]!;
      if (values instanceof BigInt64Array) return intColumn(values, valid);
      if (values instanceof Float64Array) return { type: 'float', values, valid };
      return buildColumn(this.#fields[index]!, values);
    });
  }

  // No column holds NaN or Infinity.
  #addFloats(column: Float64Array, index: number, data: ArrayLike<number>, from: number, to: number): void {
    const width = this.#columns.length;
    for (let row = from, at = index; row < to; row++, at += width) {
      const value = data[at]!;
      if (Number.isFinite(value)) column[row] = value;
      else (this.#valid[index] ??= new Uint8Array(column.length).fill(1))[row] = 0;
    }
  }
}

/**
 * The schema with the columns of predictions behind its own.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN for a name that is taken, or given twice
 */
export function withPredictions(schema: Schema, outcomes: readonly Outcome[], told: Readonly<Record<string, unknown>>): Schema {
  const added = outcomes.flatMap(({ fields }) => fields);
  const taken = added.filter(({ name }, index) => schema.indexOf(name) >= 0 || added.findIndex((other) => other.name === name) < index);
  if (taken.length > 0)
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `There is a column named ${taken.map(({ name }) => quoted(name)).join(', ')} already; give the predictions of the model another name.`,
    );
  return new Schema([...schema.fields, ...added], schema.run, { ...schema.metadata, 'nfstream.predicted': JSON.stringify(told) });
}
