import { inspect } from 'node:util';
import { FlowError } from '../../lib/errors.js';

/** What people and programs give by mistake, or in order to see what happens. */
export const wrongValues: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['NaN', NaN],
  ['1.5', 1.5],
  ['-1', -1],
  ['2n ** 70n', 2n ** 70n],
  ["''", ''],
  ['a NUL', 'a\0b'],
  ["'__proto__'", '__proto__'],
  ["'toString'", 'toString'],
  ['a huge string', 'x'.repeat(1 << 20)],
  ['[]', []],
  ["['__proto__']", ['__proto__']],
  ['[null]', [null]],
  ['a Map', new Map([['a', 1]])],
  ['{}', Object.freeze({})],
  ['a null prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['a function', () => true],
  ['a symbol', Symbol('nothing')],
];

/** The name of a value of {@link wrongValues}. */
export type WrongValue = string;

/** Characters that the message of an error may have. */
export const longestMessage = 500;

/** One place where a value can be given. */
export interface Place {
  /** Gives the value, and goes on to the end of all that comes of it. */
  readonly give: (value: never) => unknown;
  /** How errors name the place. */
  readonly names: RegExp;
  /** The values that mean something here; the others are refused. */
  readonly accepts: readonly WrongValue[];
}

/** What is not as it should be when each of the values is given in a place. */
export async function faultsOf({ give, names, accepts }: Place): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, value] of wrongValues) {
    let error: unknown = null;
    try {
      await give(value as never);
    } catch (thrown) {
      error = thrown;
    }
    if (accepts.includes(name)) {
      if (error !== null) faults.push(`${name} is refused: ${inspect(error).slice(0, 300)}`);
    } else if (error === null) faults.push(`${name} is taken`);
    else if (!(error instanceof FlowError)) faults.push(`${name} throws what is no FlowError: ${inspect(error).slice(0, 600)}`);
    else if (error.message.length > longestMessage) faults.push(`${name} has a message of ${error.message.length} characters: ${error.message.slice(0, 200)}`);
    else if (!names.test(error.message)) faults.push(`${name} is not told where it was given: ${error.message}`);
  }
  return faults;
}
