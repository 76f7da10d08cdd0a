import { inspect } from 'node:util';
import type { Schema, UserField } from '../schema/schema.js';
import { gatherColumn, valueAt, type FlowColumn, type FlowValue } from './columns.js';

/** The memory that a flow reads: columns of equal length. */
interface Rows {
  readonly schema: Schema;
  readonly columns: readonly FlowColumn[];
}

type Direction = 'bidirectional' | 'src2dst' | 'dst2src';
type Flag = 'Syn' | 'Cwr' | 'Ece' | 'Urg' | 'Ack' | 'Psh' | 'Rst' | 'Fin';

/** The columns of `statistics`. */
export type StatisticsFields = {
  readonly [Name in `${Direction}${'Min' | 'Mean' | 'Stddev' | 'Max'}${'Ps' | 'PiatMs'}` | `${Direction}${Flag}Packets`]: number;
};

/** The values of a flow under their camelCase names, as far as the default set of columns goes. */
export interface FlowFields {
  readonly id: number;
  readonly expirationId: number;
  readonly srcIp: string;
  readonly srcMac: string;
  readonly srcOui: string;
  readonly srcPort: number;
  readonly dstIp: string;
  readonly dstMac: string;
  readonly dstOui: string;
  readonly dstPort: number;
  readonly protocol: number;
  readonly ipVersion: number;
  readonly vlanId: number;
  readonly tunnelId: number;
  readonly bidirectionalFirstSeenMs: number;
  readonly bidirectionalLastSeenMs: number;
  readonly bidirectionalDurationMs: number;
  readonly bidirectionalPackets: number;
  readonly bidirectionalBytes: number;
  readonly src2dstFirstSeenMs: number;
  readonly src2dstLastSeenMs: number;
  readonly src2dstDurationMs: number;
  readonly src2dstPackets: number;
  readonly src2dstBytes: number;
  readonly dst2srcFirstSeenMs: number;
  readonly dst2srcLastSeenMs: number;
  readonly dst2srcDurationMs: number;
  readonly dst2srcPackets: number;
  readonly dst2srcBytes: number;
  readonly applicationName: string;
  readonly applicationCategoryName: string;
  readonly applicationIsGuessed: number;
  readonly applicationConfidence: number;
  readonly requestedServerName: string;
  readonly clientFingerprint: string;
  readonly serverFingerprint: string;
  readonly userAgent: string;
  readonly contentType: string;
  readonly tunnelVni: number;
  readonly endReason: string;
}

/**
 * One flow: an immutable view of a row of its batch. It is valid for ever, and keeps the memory of its batch (up to 4 MiB) alive;
 * `detach()` copies the row out of it. Its properties are the run's columns in camelCase (`flow.srcIp`, `flow.bidirectionalPackets`);
 * a column that the options turn off is `undefined`.
 */
export class Flow {
  #rows: Rows;
  #row: number;

  /** @internal Flows are made by batches. */
  constructor(rows: Rows, row: number) {
    this.#rows = rows;
    this.#row = row;
  }

  /** @internal */
  static read(flow: Flow, column: number): FlowValue {
    return valueAt(flow.#rows.columns[column]!, flow.#row);
  }

  /** The flow's property names (camelCase), in the order of the columns. */
  keys(): string[] {
    return this.#rows.schema.fields.map((_, index) => this.#rows.schema.key(index));
  }

  /** The flow's values, in the order of the columns. */
  values(): FlowValue[] {
    return this.#rows.columns.map((column) => valueAt(column, this.#row));
  }

  /** A plain object with camelCase names. */
  toObject(): Record<string, FlowValue> {
    return Object.fromEntries(this.#rows.columns.map((column, index) => [this.#rows.schema.key(index), valueAt(column, this.#row)]));
  }

  /**
   * A plain object with the names that files have (nfstream's snake_case), in the order of the columns. A bigint is given as text, as JSON.stringify
   * takes none.
   */
  toJSON(): Record<string, number | string | number[] | string[] | null> {
    const value = (column: FlowColumn): number | string | number[] | string[] | null => {
      const given = valueAt(column, this.#row);
      if (typeof given === 'bigint') return String(given);
      return column.type === 'list' && column.bigint && given !== null ? (given as bigint[]).map(String) : (given as number | string | number[] | null);
    };
    return Object.fromEntries(this.#rows.columns.map((column, index) => [this.#rows.schema.fields[index]!.name, value(column)]));
  }

  /** The same flow with memory of its own: keeping it keeps nothing else. */
  detach(): this {
    const rows = { schema: this.#rows.schema, columns: this.#rows.columns.map((column) => gatherColumn(column, [this.#row])) };
    return new (this.constructor as new (rows: Rows, row: number) => this)(rows, 0);
  }

  [inspect.custom](depth: number, options: import('node:util').InspectOptionsStylized): string {
    return `Flow ${inspect(this.toObject(), { ...options, depth })}`;
  }
}

/** A flow with the properties of the default columns; columns that are turned off, or added, are not in the type. */
export type FlowRow = Flow & FlowFields & StatisticsFields & Readonly<Record<string, unknown>>;

/** A flow with the columns of plugins in `udps`, and metrics in `metrics`. */
export type PluginRow<Udps = {}, Metrics = {}> = FlowRow & { readonly udps: Readonly<Udps>; readonly metrics: Readonly<Metrics> };

/** Key of the type of a stream's flows, for the type checker alone. */
export declare const rowType: unique symbol;

const classes = new WeakMap<Schema, new (rows: Rows, row: number) => FlowRow>();

/** The class of a schema's flows: one getter a column on the prototype, so that every flow of a run has one shape. */
export function flowClass(schema: Schema): new (rows: Rows, row: number) => FlowRow {
  let made = classes.get(schema);
  if (made === undefined) {
    const RowOfSchema = class Flow_ extends Flow {};
    Object.defineProperty(RowOfSchema, 'name', { value: 'Flow' });
    schema.fields.forEach((_, index) => {
      const key = schema.key(index);
      if (key in Flow.prototype) return; // a user's column named like a method is still in values() and in files
      Object.defineProperty(RowOfSchema.prototype, key, {
        get(this: Flow) {
          return Flow.read(this, index);
        },
        enumerable: true,
      });
    });
    for (const place of ['udps', 'metrics'] as const) definePlace(RowOfSchema, schema, place);
    made = RowOfSchema as unknown as new (rows: Rows, row: number) => FlowRow;
    classes.set(schema, made);
  }
  return made;
}

/** Adds the object of a flow that holds the columns of plugins by their own names, if there are any. */
function definePlace(RowOfSchema: typeof Flow, schema: Schema, place: 'udps' | 'metrics'): void {
  const columns = schema.fields.flatMap((field, index) => {
    const of = (field as Partial<UserField>).of;
    return of?.place === place ? [{ index, ...of }] : [];
  });
  if (columns.length === 0) return;
  Object.defineProperty(RowOfSchema.prototype, place, {
    get(this: Flow) {
      const value = (index: number, boolean: boolean): FlowValue | boolean => {
        const stored = Flow.read(this, index);
        return boolean && stored !== null ? stored !== 0 : stored;
      };
      return Object.fromEntries(columns.map(({ index, name, boolean }) => [name, value(index, boolean)]));
    },
  });
}
