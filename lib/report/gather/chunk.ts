import { columnsFor, numbersOf, type ColumnFinder, type Role } from './roles.js';
import type { Texts } from '../../text/texts.js';

/** Roles whose values are texts, those whose values are whole numbers that name something, and those that are amounts. */
const textRoles = ['application', 'category', 'source', 'destination', 'tcpState', 'tlsVersion', 'ja4', 'serverName', 'dnsName', 'risks'] as const;
const codeRoles = ['protocol', 'port', 'dnsCode'] as const;
const amountRoles = ['bytes', 'packets', 'first', 'last', 'retransmissions', 'riskScore'] as const;

/** No value, where a whole number names something. */
export const nothing = -1;

/** Some flows by what their columns tell; null where no column tells it. */
export interface Chunk {
  readonly length: number;
  /** Numbers of texts (0 is the empty one and null), or whole numbers ({@link nothing} for null). */
  readonly codes: Readonly<Partial<Record<Role, Int32Array>>>;
  /** Amounts and times in milliseconds; NaN for null. */
  readonly amounts: Readonly<Partial<Record<Role, Float64Array>>>;
  /** Of how many flows each row is; one each where it is not said. */
  readonly flows?: Float64Array;
}

/** Rows `from` to `to` (exclusive) of a batch. */
export function chunkOf(find: ColumnFinder, from: number, to: number, texts: Texts): Chunk {
  const codes: Partial<Record<Role, Int32Array>> = {};
  const amounts: Partial<Record<Role, Float64Array>> = {};
  for (const role of textRoles) {
    const column = columnsFor(role, find)?.columns[0];
    if (column?.type !== 'text') continue;
    const { bytes, offsets, valid } = column;
    const numbers = (codes[role] = new Int32Array(to - from));
    for (let row = from; row < to; row++) {
      if (valid === null || valid[row] !== 0) numbers[row - from] = texts.add(bytes, offsets[row]!, offsets[row + 1]!);
    }
  }
  for (const role of codeRoles) {
    const column = columnsFor(role, find)?.columns[0];
    if (column === undefined || column.type === 'text') continue;
    const values = numbersOf(column, from, to);
    const numbers = (codes[role] = new Int32Array(values.length).fill(nothing));
    for (let row = 0; row < values.length; row++) if (values[row]! >= 0) numbers[row] = values[row]!;
  }
  for (const role of amountRoles) {
    const found = columnsFor(role, find);
    if (found === null) continue;
    const [sum, ...more] = found.columns.map((column) => numbersOf(column, from, to)) as [Float64Array, ...Float64Array[]];
    for (const other of more) for (let row = 0; row < sum.length; row++) sum[row]! += other[row]!;
    if (found.divisor !== 1) for (let row = 0; row < sum.length; row++) sum[row]! /= found.divisor;
    amounts[role] = sum;
  }
  return { length: to - from, codes, amounts };
}

/** How long each flow lasted, in milliseconds; NaN where its times are not known. */
export function durationsOf({ length, amounts: { first, last } }: Pick<Chunk, 'length' | 'amounts'>): Float64Array {
  const durations = new Float64Array(length).fill(NaN);
  if (first !== undefined && last !== undefined) for (let row = 0; row < length; row++) durations[row] = Math.max(0, last[row]! - first[row]!);
  return durations;
}
