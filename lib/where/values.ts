import type { FlowColumn } from '../flows/columns.js';
import type { Numeric } from './numbers.js';

/** Reads the value of a row; null where there is none. */
export type Read<T> = (row: number) => T | null;

/** Makes what reads the rows of a batch of its columns. */
export type Plan<T> = (columns: readonly FlowColumn[]) => Read<T>;

/** What an expression, or a part of one, comes to. */
export type Value =
  | { readonly type: 'number'; readonly plan: Plan<Numeric> }
  | { readonly type: 'text'; readonly plan: Plan<string> }
  | { readonly type: 'condition'; readonly plan: Plan<boolean> }
  | { readonly type: 'null'; readonly plan: Plan<never> };

/** The type of a value. */
export type ValueType = Value['type'];

/** What sentences call a value of a type. */
export const typeNames: Readonly<Record<ValueType, string>> = { number: 'a number', text: 'a text', condition: 'a condition', null: 'null' };

/** A plan that gives the same in every row. */
export function constant<T>(value: T): Plan<T> {
  return () => () => value;
}

/** A plan that is null where an operand is. */
export function applied<A, R>(operand: Plan<A>, apply: (value: A) => R | null): Plan<R> {
  return (columns) => {
    const read = operand(columns);
    return (row) => {
      const value = read(row);
      return value === null ? null : apply(value);
    };
  };
}

/** A plan that is null where one of two operands is. */
export function combined<A, B, R>(left: Plan<A>, right: Plan<B>, combine: (left: A, right: B) => R | null): Plan<R> {
  return (columns) => {
    const readLeft = left(columns);
    const readRight = right(columns);
    return (row) => {
      const one = readLeft(row);
      if (one === null) return null;
      const other = readRight(row);
      return other === null ? null : combine(one, other);
    };
  };
}

/** `and` and `or` of conditions, of which null is neither true nor false: what decides is true or false beside a null too. */
export function joined(operands: readonly Plan<boolean>[], deciding: boolean): Plan<boolean> {
  return (columns) => {
    const reads = operands.map((operand) => operand(columns));
    return (row) => {
      let result: boolean | null = !deciding;
      for (const read of reads) {
        const value = read(row);
        if (value === deciding) return deciding;
        if (value === null) result = null;
      }
      return result;
    };
  };
}
