import type { Numeric } from './numbers.js';
import { applied, combined, type Plan, type Value, type ValueType } from './values.js';

/** A function of the language. */
interface Signature {
  readonly takes: readonly ValueType[];
  /** `args` are of the types that it takes. */
  readonly make: (...args: readonly Plan<never>[]) => Value;
}

/** The functions. None takes longer than its texts are long: there are no regular expressions, which could. */
export const functions: Readonly<Record<string, Signature>> = {
  contains: textTest((text, part) => text.includes(part)),
  startsWith: textTest((text, part) => text.startsWith(part)),
  endsWith: textTest((text, part) => text.endsWith(part)),
  lower: textChange((text) => text.toLowerCase()),
  upper: textChange((text) => text.toUpperCase()),
  length: { takes: ['text'], make: (text) => ({ type: 'number', plan: applied(text as Plan<string>, characters) }) },
  abs: { takes: ['number'], make: (value) => ({ type: 'number', plan: applied(value as Plan<Numeric>, (number) => (number < 0 ? -number : number)) }) },
};

function textTest(test: (text: string, part: string) => boolean): Signature {
  return { takes: ['text', 'text'], make: (text, part) => ({ type: 'condition', plan: combined(text as Plan<string>, part as Plan<string>, test) }) };
}

function textChange(change: (text: string) => string): Signature {
  return { takes: ['text'], make: (text) => ({ type: 'text', plan: applied(text as Plan<string>, change) }) };
}

function characters(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}
