import { invalidOption, quoted } from '../errors.js';
import { expressionError, type ExpressionSource } from './expression-error.js';
import type { Arithmetic, Comparison, Literal, Node } from './syntax.js';
import { tokensOf, type Token } from './tokens.js';

/** Characters that an expression may have: a long list of addresses fits. */
const longestExpression = 65_536;

/** How deep parts may stand in each other: all that goes through them calls itself. */
const deepest = 100;

const comparisons: ReadonlySet<string> = new Set<Comparison>(['==', '!=', '<', '<=', '>', '>=']);
const sums: ReadonlySet<string> = new Set<Arithmetic>(['+', '-']);
const products: ReadonlySet<string> = new Set<Arithmetic>(['*', '/', '%']);

/** `&&`, `||` and `!` are read as the words. */
const words: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or' };

/**
 * Reads an expression; docs/expressions.md has the grammar. Nothing in it is run: it becomes data.
 * @throws {FlowError} ERR_NFSTREAM_EXPRESSION, which says at which character; ERR_NFSTREAM_OPTION_TYPE for what is no text
 */
export function parseExpression(source: ExpressionSource): Node {
  const { what, text } = source;
  if (typeof text !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'an expression', text);
  if (text.length > longestExpression)
    throw expressionError(source, longestExpression, `an expression has at most ${longestExpression} characters, but this one has ${text.length}.`);
  return new Parser(source).whole();
}

type NumberLiteral = Extract<Literal, { kind: 'number' }>;

class Parser {
  readonly #source: ExpressionSource;
  readonly #tokens: readonly Token[];
  /** How deep the parts of a part stand in it. */
  readonly #heights = new Map<Node, number>();
  #next = 0;
  #depth = 0;

  constructor(source: ExpressionSource) {
    this.#source = source;
    this.#tokens = tokensOf(source);
  }

  whole(): Node {
    if (this.#ended()) throw this.#error('an expression is expected here, as in bidirectional_packets > 10.');
    const node = this.#or();
    if (!this.#ended()) throw this.#unexpected('the end, or an operator such as and');
    return node;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #ended(): boolean {
    return this.#token.kind === 'end';
  }

  #error(sentence: string, at = this.#token.at): Error {
    return expressionError(this.#source, at, sentence);
  }

  #unexpected(expected: string): Error {
    const { kind, text } = this.#token;
    const hint = kind === 'name' && ['and', 'or', 'not', 'in'].includes(text.toLowerCase()) ? `; ${text.toLowerCase()} is written in small letters` : '';
    return this.#error(`expected ${expected}, but found ${kind === 'end' ? 'the end' : quoted(text)}${hint}.`);
  }

  /** Whether this word or sign comes next, or so many later. */
  #is(text: string, later = 0): boolean {
    const token = this.#tokens[this.#next + later];
    return token !== undefined && (token.kind === 'operator' || token.kind === 'keyword') && (words[token.text] ?? token.text) === text;
  }

  /** Takes the next word or sign if it is one of these. */
  #take(...texts: string[]): Token | null {
    const token = this.#token;
    if (!texts.some((text) => this.#is(text))) return null;
    this.#next++;
    return token;
  }

  #takeOf(operators: ReadonlySet<string>): Token | null {
    const token = this.#token;
    return token.kind === 'operator' && operators.has(token.text) ? this.#take(token.text) : null;
  }

  #expect(text: string): void {
    if (this.#take(text) === null) throw this.#unexpected(quoted(text));
  }

  #made(node: Node, ...parts: readonly Node[]): Node {
    const height = 1 + Math.max(0, ...parts.map((part) => this.#heights.get(part) ?? 0));
    if (height > deepest) throw this.#tooDeep(node.at);
    this.#heights.set(node, height);
    return node;
  }

  #tooDeep(at: number): Error {
    return this.#error(`this stands more than ${deepest} deep in parentheses or operators.`, at);
  }

  /** What calls itself for what stands in it. */
  #within(read: () => Node): Node {
    if (++this.#depth > deepest) throw this.#tooDeep(this.#token.at);
    const node = read();
    this.#depth--;
    return node;
  }

  #or(): Node {
    return this.#logic('or', () => this.#logic('and', () => this.#not()));
  }

  #logic(operator: 'and' | 'or', read: () => Node): Node {
    const operands = [read()];
    const { at } = this.#token;
    while (this.#take(operator) !== null) operands.push(read());
    if (operands.length === 1) return operands[0]!;
    const highest = operands.reduce((one, other) => ((this.#heights.get(one) ?? 0) >= (this.#heights.get(other) ?? 0) ? one : other));
    return this.#made({ kind: 'logic', at, operator, operands }, highest);
  }

  #not(): Node {
    const token = this.#take('not');
    if (token === null) return this.#comparison();
    const operand = this.#within(() => this.#not());
    return this.#made({ kind: 'not', at: token.at, operand }, operand);
  }

  #comparison(): Node {
    const left = this.#sum();
    const token = this.#takeOf(comparisons);
    if (token !== null) {
      const right = this.#sum();
      if (this.#token.kind === 'operator' && comparisons.has(this.#token.text)) throw this.#error('comparisons make no chain; join two of them with and.');
      return this.#made({ kind: 'comparison', at: token.at, operator: token.text as Comparison, left, right }, left, right);
    }
    const { at } = this.#token;
    const negated = this.#is('not') && this.#is('in', 1) && this.#take('not') !== null;
    if (this.#take('in') === null) return left;
    return this.#made({ kind: 'in', at, negated, left, items: this.#items() }, left);
  }

  #items(): Literal[] {
    this.#expect('[');
    const items: Literal[] = [];
    do {
      const minus = this.#take('-') !== null;
      const { kind } = this.#token;
      if (kind !== 'number' && (kind !== 'text' || minus)) throw this.#unexpected('a number or a text in quotes');
      if (kind === 'text') items.push(this.#text());
      else items.push(minus ? negative(this.#number()) : this.#number());
    } while (this.#take(',') !== null);
    this.#expect(']');
    const other = items.find((item) => item.kind !== items[0]!.kind);
    if (other !== undefined) throw this.#error('a list holds numbers or texts, not both.', other.at);
    return items;
  }

  #sum(): Node {
    return this.#chain(sums, () => this.#chain(products, () => this.#unary()));
  }

  #chain(operators: ReadonlySet<string>, read: () => Node): Node {
    let left = read();
    for (let token = this.#takeOf(operators); token !== null; token = this.#takeOf(operators)) {
      const right = read();
      left = this.#made({ kind: 'arithmetic', at: token.at, operator: token.text as Arithmetic, left, right }, left, right);
    }
    return left;
  }

  #unary(): Node {
    const token = this.#take('-', '!');
    if (token === null) return this.#primary();
    const operand = this.#within(() => this.#unary());
    if (token.text === '-' && operand.kind === 'number') return { ...negative(operand), at: token.at };
    return this.#made({ kind: token.text === '-' ? 'minus' : 'not', at: token.at, operand }, operand);
  }

  #primary(): Node {
    const { kind, at, text } = this.#token;
    if (kind === 'number') return this.#number();
    if (kind === 'text') return this.#text();
    if (this.#take('true', 'false') !== null) return { kind: 'boolean', at, value: text === 'true' };
    if (this.#take('null') !== null) return { kind: 'null', at };
    if (this.#take('(') !== null) {
      const inner = this.#within(() => this.#or());
      this.#expect(')');
      return inner;
    }
    if (kind !== 'name') throw this.#unexpected('a column, a number or a text in quotes');
    this.#next++;
    return this.#take('(') === null ? { kind: 'name', at, name: text } : this.#call(at, text);
  }

  #call(at: number, name: string): Node {
    const args: Node[] = [];
    if (!this.#is(')') && !this.#is('where')) {
      do args.push(this.#within(() => this.#or()));
      while (this.#take(',') !== null);
    }
    const whereAt = this.#token.at;
    const where = this.#take('where') === null ? null : this.#within(() => this.#or());
    this.#expect(')');
    return this.#made({ kind: 'call', at, name, args, where, whereAt }, ...args, ...(where === null ? [] : [where]));
  }

  #number(): NumberLiteral {
    const { at, text } = this.#token;
    this.#next++;
    const value = /^\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? wide(text) : Number(text);
    if (value === null || value === Infinity) throw this.#error('this number is too large.', at);
    return { kind: 'number', at, value };
  }

  #text(): Literal {
    const { at, text } = this.#token;
    this.#next++;
    return { kind: 'text', at, value: text };
  }
}

function negative(literal: NumberLiteral): NumberLiteral {
  return { ...literal, value: -literal.value };
}

/** An integer beyond 2^53; null for one that no column could come near to. */
function wide(digits: string): bigint | null {
  return digits.length > 40 ? null : BigInt(digits);
}
