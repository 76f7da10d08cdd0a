import { shortened, type FlowError } from '../errors.js';
import { expressionError, type ExpressionSource } from '../expressions/expression-error.js';
import type { Literal, Node } from '../expressions/syntax.js';
import { valueAt, type FloatColumn, type FlowColumn, type IntColumn, type TextColumn } from '../flows/columns.js';
import { nearest } from '../text/nearest.js';
import { fields as knownFields } from '../schema/fields.js';
import { stageFields } from '../schema/stage-fields.js';
import type { Schema } from '../schema/schema.js';
import { functions } from './functions.js';
import { calculator, comparers, integerAt, type Numeric } from './numbers.js';
import { applied, combined, constant, joined, typeNames, type Plan, type Value, type ValueType } from './values.js';

/**
 * Checks a condition over the columns of a schema, and makes what tells of each row whether it holds.
 * @throws {FlowError} ERR_NFSTREAM_EXPRESSION for a column that does not exist, or operands of a wrong type
 */
export function compileCondition(source: ExpressionSource, node: Node, schema: Schema): Plan<boolean> {
  return new Compiler(source, schema).condition(node);
}

class Compiler {
  readonly #source: ExpressionSource;
  readonly #schema: Schema;

  constructor(source: ExpressionSource, schema: Schema) {
    this.#source = source;
    this.#schema = schema;
  }

  condition(node: Node): Plan<boolean> {
    const value = this.#value(node);
    if (value.type === 'condition') return value.plan;
    const flag = node.kind === 'name' && value.type === 'number' ? `; write ${shortened(node.name)} == 1, or another comparison` : '';
    throw this.#error(node, `this is ${typeNames[value.type]}, where a condition is expected${flag}.`);
  }

  #value(node: Node): Value {
    switch (node.kind) {
      case 'number':
        return { type: 'number', plan: constant(node.value) };
      case 'text':
        return { type: 'text', plan: constant(node.value) };
      case 'boolean':
        return { type: 'condition', plan: constant(node.value) };
      case 'null':
        return { type: 'null', plan: () => () => null };
      case 'name':
        return this.#column(node);
      case 'call':
        return this.#call(node);
      case 'not':
        return { type: 'condition', plan: applied(this.condition(node.operand), (value) => !value) };
      case 'minus':
        return { type: 'number', plan: applied(this.#number(node.operand), (value) => -value) };
      case 'logic':
        return {
          type: 'condition',
          plan: joined(
            node.operands.map((operand) => this.condition(operand)),
            node.operator === 'or',
          ),
        };
      case 'arithmetic':
        return { type: 'number', plan: combined(this.#number(node.left), this.#number(node.right), calculator(node.operator)) };
      case 'comparison':
        return { type: 'condition', plan: this.#comparison(node) };
      case 'in':
        return { type: 'condition', plan: this.#in(node) };
    }
  }

  #number(node: Node): Plan<Numeric> {
    const value = this.#value(node);
    if (value.type !== 'number') throw this.#error(node, `this is ${typeNames[value.type]}, where a number is expected.`);
    return value.plan;
  }

  #column(node: Extract<Node, { kind: 'name' }>): Value {
    const index = this.#schema.indexOf(node.name);
    const field = this.#schema.fields[index];
    if (field === undefined) throw this.#error(node, this.#unknown(node.name));
    switch (field.type) {
      case 'int':
        return { type: 'number', plan: this.#cells(index, (column: IntColumn, row) => integerAt(column, row)) };
      case 'float':
        return { type: 'number', plan: this.#cells(index, (column: FloatColumn, row) => column.values[row]!) };
      case 'text':
        return { type: 'text', plan: this.#cells(index, (column: TextColumn, row) => valueAt(column, row) as string) };
      case 'list':
        throw this.#error(node, `the column ${shortened(field.name)} holds lists, which expressions can't read.`);
    }
  }

  #cells<C extends FlowColumn, T>(index: number, cell: (column: C, row: number) => T): Plan<T> {
    return (columns) => {
      const column = columns[index] as C;
      const { valid } = column;
      if (valid === null) return (row) => cell(column, row);
      return (row) => (valid[row] === 0 ? null : cell(column, row));
    };
  }

  #unknown(name: string): string {
    const names = this.#schema.fields.map((field) => field.name);
    const keys = names.map((_, index) => this.#schema.key(index));
    const near = nearest(name, [...names, ...keys]);
    const option = [...knownFields, ...stageFields].find((field) => field.name === name)?.when;
    const help =
      near !== undefined
        ? `; did you mean ${near}?`
        : option === undefined || option === 'always' || option === 'labels'
          ? '.'
          : `; the option ${option} adds it.`;
    return `there is no column ${shortened(name)}${help}`;
  }

  #call(node: Extract<Node, { kind: 'call' }>): Value {
    if (node.where !== null) throw this.#error({ at: node.whereAt }, 'where stands in metrics only; join two conditions with and.');
    if (!Object.hasOwn(functions, node.name)) {
      const names = Object.keys(functions);
      const near = nearest(node.name, names);
      throw this.#error(
        node,
        `there is no function ${shortened(node.name)}${near === undefined ? `; there are ${names.join(', ')}.` : `; did you mean ${near}?`}`,
      );
    }
    const { takes, make } = functions[node.name]!;
    if (node.args.length !== takes.length)
      throw this.#error(node, `${node.name}() takes ${takes.map((type) => typeNames[type]).join(' and ')}, but got ${node.args.length} values.`);
    const args = node.args.map((arg, index) => {
      const value = this.#value(arg);
      if (value.type !== takes[index]) throw this.#error(arg, `this is ${typeNames[value.type]}, but ${node.name}() takes ${typeNames[takes[index]!]} here.`);
      return value.plan as Plan<never>;
    });
    return make(...args);
  }

  #comparison(node: Extract<Node, { kind: 'comparison' }>): Plan<boolean> {
    const [left, right] = [this.#value(node.left), this.#value(node.right)];
    const ordered = node.operator !== '==' && node.operator !== '!=';
    if (left.type === 'null' || right.type === 'null') return this.#nullTest(node, left, right, ordered);
    if (left.type !== right.type)
      throw this.#error(node, `${typeNames[left.type]} and ${typeNames[right.type]} can't be compared${hintFor(node, left.type, right.type)}.`);
    if (left.type === 'condition' && ordered) throw this.#error(node, 'conditions are compared with == and != only.');
    const bytes = left.type === 'text' && !ordered ? this.#sameText(node) : null;
    if (bytes !== null) return bytes;
    return combined(left.plan as Plan<Numeric>, right.plan as Plan<Numeric>, comparers[node.operator]);
  }

  /** Whether a column is a text that stands in the expression, which is seen without decoding it; null for anything else. */
  #sameText({ left, right, operator }: Extract<Node, { kind: 'comparison' }>): Plan<boolean> | null {
    const [name, text] = left.kind === 'name' ? [left, right] : [right, left];
    if (name.kind !== 'name' || text.kind !== 'text') return null;
    const wanted = Buffer.from(text.value);
    const whenSame = operator === '==';
    return this.#cells(this.#schema.indexOf(name.name), ({ bytes, offsets }: TextColumn, row) => {
      const from = offsets[row]!;
      if (offsets[row + 1]! - from !== wanted.length) return !whenSame;
      for (let index = 0; index < wanted.length; index++) if (bytes[from + index] !== wanted[index]) return !whenSame;
      return whenSame;
    });
  }

  #nullTest(node: Extract<Node, { kind: 'comparison' }>, left: Value, right: Value, ordered: boolean): Plan<boolean> {
    if (ordered) throw this.#error(node, 'null is compared with == and != only.');
    const { plan } = left.type === 'null' ? right : left;
    const whenNull = node.operator === '==';
    return (columns) => {
      const read = plan(columns);
      return (row) => (read(row) === null) === whenNull;
    };
  }

  #in(node: Extract<Node, { kind: 'in' }>): Plan<boolean> {
    const value = this.#value(node.left);
    const [first] = node.items as [Literal];
    if (value.type !== first.kind) throw this.#error(node, `${typeNames[value.type]} can't be in a list of ${first.kind}s.`);
    const set = new Set<Numeric | string>(node.items.map((item) => item.value));
    // Integers that fit are numbers in the list and in columns alike.
    return applied(value.plan as Plan<Numeric | string>, (one) => set.has(one) !== node.negated);
  }

  #error({ at }: { readonly at: number }, sentence: string): FlowError {
    return expressionError(this.#source, at, sentence);
  }
}

function hintFor({ left, right }: Extract<Node, { kind: 'comparison' }>, ...types: readonly [ValueType, ValueType]): string {
  const literal = [left, right].find((node) => node.kind === 'text');
  if (types.includes('number') && literal !== undefined && /^-?\d+(\.\d+)?$/.test((literal as { value: string }).value)) return '; leave out the quotes';
  return types.includes('number') && types.includes('condition') ? '; compare the number with 1 or 0' : '';
}
