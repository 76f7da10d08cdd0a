import { shortened, type FlowError } from '../errors.js';
import { expressionError, type ExpressionSource } from '../expressions/expression-error.js';
import type { Arithmetic, Comparison, Literal, Node } from '../expressions/syntax.js';
import { nearest } from '../text/nearest.js';
import { terms } from './terms.js';

/** Operations of the engine's stack machine (native/engine/metrics/program.h): the order is the contract, append only. */
export const operations = [
  'term',
  'integer',
  'real',
  'to_real',
  'add',
  'subtract',
  'multiply',
  'remainder',
  'negate',
  'absolute',
  'add_real',
  'subtract_real',
  'multiply_real',
  'divide',
  'remainder_real',
  'negate_real',
  'absolute_real',
  'equal',
  'unequal',
  'less',
  'less_equal',
  'greater',
  'greater_equal',
  'equal_real',
  'unequal_real',
  'less_real',
  'less_equal_real',
  'greater_real',
  'greater_equal_real',
  'both',
  'either',
  'opposite',
  'is_null',
  'is_null_real',
] as const;

type Operation = (typeof operations)[number];

/** What a value is: a condition is an integer of the engine, 0 or 1. */
export type ProgramType = 'integer' | 'real' | 'condition';

/** A part of a program: pairs of an operation and its operand. */
export interface Code {
  readonly type: ProgramType;
  readonly words: readonly bigint[];
}

/** Operations that a program of the engine may have. */
const longest = 4096;

const arithmetic: Readonly<Record<Arithmetic, readonly [integer: Operation | null, real: Operation]>> = {
  '+': ['add', 'add_real'],
  '-': ['subtract', 'subtract_real'],
  '*': ['multiply', 'multiply_real'],
  '/': [null, 'divide'],
  '%': ['remainder', 'remainder_real'],
};

const comparisons: Readonly<Record<Comparison, readonly [integer: Operation, real: Operation]>> = {
  '==': ['equal', 'equal_real'],
  '!=': ['unequal', 'unequal_real'],
  '<': ['less', 'less_real'],
  '<=': ['less_equal', 'less_equal_real'],
  '>': ['greater', 'greater_real'],
  '>=': ['greater_equal', 'greater_equal_real'],
};

/** Checks an expression over packets, and makes a program for the engine of it. */
export class ProgramCompiler {
  readonly #source: ExpressionSource;

  constructor(source: ExpressionSource) {
    this.#source = source;
  }

  /** @throws {FlowError} ERR_NFSTREAM_EXPRESSION for what a packet has not, or is of a wrong type */
  value(node: Node): Code {
    return this.#bounded(node, this.#code(node));
  }

  /** @throws {FlowError} ERR_NFSTREAM_EXPRESSION, also for what is no condition */
  condition(node: Node): Code {
    return this.#bounded(node, this.#condition(node));
  }

  error({ at }: { readonly at: number }, sentence: string): FlowError {
    return expressionError(this.#source, at, sentence);
  }

  #bounded(node: Node, code: Code): Code {
    if (code.words.length / 2 > longest) throw this.error(node, `this takes ${code.words.length / 2} operations, and may take ${longest}.`);
    return code;
  }

  #condition(node: Node): Code {
    const code = this.#code(node);
    if (code.type !== 'condition') throw this.error(node, 'this is a number, where a condition is expected.');
    return code;
  }

  #code(node: Node): Code {
    switch (node.kind) {
      case 'number':
        return this.#literal(node);
      case 'text':
        throw this.error(node, 'this is a text, and packets have numbers only.');
      case 'boolean':
        return { type: 'condition', words: word('integer', node.value ? 1n : 0n) };
      case 'null':
        throw this.error(node, 'null is compared with == and != only.');
      case 'name':
        return this.#term(node);
      case 'call':
        return this.#call(node);
      case 'not':
        return { type: 'condition', words: [...this.#condition(node.operand).words, ...word('opposite')] };
      case 'minus':
        return this.#signed(this.#code(node.operand), 'negate', 'negate_real');
      case 'logic':
        return this.#logic(node);
      case 'arithmetic': {
        const [ofIntegers, ofReals] = arithmetic[node.operator];
        const [left, right] = [this.#code(node.left), this.#code(node.right)];
        const whole = ofIntegers !== null && left.type !== 'real' && right.type !== 'real';
        if (whole) return { type: 'integer', words: [...left.words, ...right.words, ...word(ofIntegers)] };
        return { type: 'real', words: [...real(left), ...real(right), ...word(ofReals)] };
      }
      case 'comparison':
        return this.#comparison(node);
      case 'in':
        return this.#in(node);
    }
  }

  #literal(node: Extract<Literal, { kind: 'number' }>): Code {
    const { value } = node;
    if (typeof value === 'number' && !Number.isInteger(value)) return { type: 'real', words: word('real', bitsOf(value)) };
    const integer = BigInt(value);
    if (BigInt.asIntN(64, integer) === integer) return { type: 'integer', words: word('integer', integer) };
    if (typeof value === 'bigint') throw this.error(node, 'this integer has more than 64 bits.');
    return { type: 'real', words: word('real', bitsOf(value)) };
  }

  #term(node: Extract<Node, { kind: 'name' }>): Code {
    const index = terms.findIndex(({ name }) => node.name === `packet.${name}` || node.name === `packet.${camelCase(name)}`);
    if (index < 0) {
      const names = terms.map(({ name }) => `packet.${name}`);
      const near = nearest(node.name.startsWith('packet.') ? node.name : `packet.${node.name}`, names);
      throw this.error(
        node,
        `there is no ${shortened(node.name)}${near === undefined ? '; docs/metrics.md lists what a packet has.' : `; did you mean ${near}?`}`,
      );
    }
    return { type: terms[index]!.condition ? 'condition' : 'integer', words: word('term', BigInt(index)) };
  }

  #call(node: Extract<Node, { kind: 'call' }>): Code {
    if (node.name !== 'abs') throw this.error(node, `there is no function ${shortened(node.name)} here; there is abs.`);
    if (node.args.length !== 1 || node.where !== null) throw this.error(node, 'abs() takes one number.');
    return this.#signed(this.#code(node.args[0]!), 'absolute', 'absolute_real');
  }

  #signed(operand: Code, ofInteger: Operation, ofReal: Operation): Code {
    if (operand.type === 'real') return { type: 'real', words: [...operand.words, ...word(ofReal)] };
    return { type: 'integer', words: [...operand.words, ...word(ofInteger)] };
  }

  /** One joined to the next, so that few values wait. */
  #logic({ operator, operands }: Extract<Node, { kind: 'logic' }>): Code {
    const join = word(operator === 'and' ? 'both' : 'either');
    return { type: 'condition', words: operands.flatMap((operand, index) => [...this.#condition(operand).words, ...(index === 0 ? [] : join)]) };
  }

  #comparison(node: Extract<Node, { kind: 'comparison' }>): Code {
    const tested = node.left.kind === 'null' ? node.right : node.right.kind === 'null' ? node.left : null;
    if (tested !== null) {
      if (node.operator !== '==' && node.operator !== '!=') throw this.error(node, 'null is compared with == and != only.');
      const code = this.#code(tested);
      const test = word(code.type === 'real' ? 'is_null_real' : 'is_null');
      return { type: 'condition', words: [...code.words, ...test, ...(node.operator === '==' ? [] : word('opposite'))] };
    }
    const [left, right] = [this.#code(node.left), this.#code(node.right)];
    return { type: 'condition', words: compared(left, right, node.operator) };
  }

  #in(node: Extract<Node, { kind: 'in' }>): Code {
    const left = this.#code(node.left);
    const count = node.items.length;
    if ((count * (left.words.length + 4)) / 2 > longest + count) throw this.error(node, `this takes more than ${longest} operations; give fewer numbers.`);
    const words = node.items.flatMap((item, index) => [...compared(left, this.#code(item), '=='), ...(index === 0 ? [] : word('either'))]);
    return { type: 'condition', words: node.negated ? [...words, ...word('opposite')] : words };
  }
}

function word(operation: Operation, operand = 0n): readonly [bigint, bigint] {
  return [BigInt(operations.indexOf(operation)), operand];
}

function real(code: Code): readonly bigint[] {
  return code.type === 'real' ? code.words : [...code.words, ...word('to_real')];
}

function compared(left: Code, right: Code, operator: Comparison): readonly bigint[] {
  const [ofIntegers, ofReals] = comparisons[operator];
  if (left.type !== 'real' && right.type !== 'real') return [...left.words, ...right.words, ...word(ofIntegers)];
  return [...real(left), ...real(right), ...word(ofReals)];
}

const bits = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): bigint {
  bits.setFloat64(0, value);
  return bits.getBigInt64(0);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
