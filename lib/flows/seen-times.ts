import type { Schema } from '../schema/schema.js';
import { valueAt, type FlowColumn, type FlowValue } from './columns.js';

/** The columns that hold the time of a flow's first and last packet: their ending is their unit. */
const columnsOf = {
  first: /^(?:bidirectional_first_seen_(ms|us|ns)|start_time)$/,
  last: /^(?:bidirectional_last_seen_(ms|us|ns)|end_time)$/,
} as const;

/** What makes milliseconds of a value. */
const toMs: Readonly<Record<string, (value: FlowValue) => number>> = {
  ms: (value) => Number(value),
  us: (value) => Number(value) / 1e3,
  ns: (value) => (typeof value === 'bigint' ? Number(value / 1000n) / 1e3 : Number(value) / 1e6),
  text: (value) => Date.parse(String(value)),
};

/** A column of points in time, and what reads it. */
export interface SeenColumn {
  readonly name: string;
  readonly index: number;
  /** Milliseconds since 1970, with a fraction where the unit is finer; NaN where there is no time. */
  read(column: FlowColumn, row: number): number;
}

/** The column with the times of the flows' first or last packets; null where a run has none. */
export function seenColumn({ fields }: Schema, which: 'first' | 'last'): SeenColumn | null {
  const index = fields.findIndex((field) => columnsOf[which].test(field.name));
  if (index < 0) return null;
  const { name, type } = fields[index]!;
  const ms = toMs[type === 'text' ? 'text' : (columnsOf[which].exec(name)![1] ?? 'ms')]!;
  return {
    name,
    index,
    read(column, row) {
      const value = valueAt(column, row);
      return value === null ? NaN : ms(value);
    },
  };
}
