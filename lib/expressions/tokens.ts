import { quoted } from '../errors.js';
import { expressionError, type ExpressionSource } from './expression-error.js';

/** A word, a number or a text of an expression, an operator, or its end. */
export interface Token {
  readonly kind: 'name' | 'keyword' | 'number' | 'text' | 'operator' | 'end';
  readonly at: number;
  /** As it is written; of a text and of a name in backticks, what it stands for. */
  readonly text: string;
}

/** Words that are no names; between backticks they are. */
const keywords = new Set(['and', 'or', 'not', 'in', 'true', 'false', 'null', 'where']);

const space = /\s+/y;
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const operator = /==|!=|<=|>=|&&|\|\||[-+*/%<>!()[\],]/y;

/** What people write instead of an operator. */
const mistaken: readonly (readonly [written: string, meant: string])[] = [
  ['=', 'write == to compare'],
  ['&', 'write && or and'],
  ['|', 'write || or or'],
  ['“', 'a text stands between straight quotes, " or \''],
  ['”', 'a text stands between straight quotes, " or \''],
];

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"', "'": "'" };

/**
 * Cuts an expression into its words and signs.
 * @throws {FlowError} ERR_NFSTREAM_EXPRESSION for what is none
 */
export function tokensOf(source: ExpressionSource): Token[] {
  // Made where they are used: classes of Unicode take a while.
  const word = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/uy;
  const moreOfNumber = /[\p{L}\p{N}_.]/uy;
  const { text } = source;
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  for (;;) {
    at += take(space)?.length ?? 0;
    if (at >= text.length) return [...tokens, { kind: 'end', at, text: '' }];
    const found = quotedToken(source, at) ?? wordToken(take(word), at) ?? numberToken(take(number), at) ?? operatorToken(take(operator), at);
    if (found === null) throw expressionError(source, at, unknownSign(text, at));
    at += found.length;
    if (found.token.kind === 'number' && take(moreOfNumber) !== null) {
      throw expressionError(source, found.token.at, 'this is no number; an address, or another text, stands between quotes.');
    }
    tokens.push(found.token);
  }
}

type Found = { readonly token: Token; readonly length: number } | null;

function wordToken(text: string | null, at: number): Found {
  return text === null ? null : { token: { kind: keywords.has(text) ? 'keyword' : 'name', at, text }, length: text.length };
}

function numberToken(text: string | null, at: number): Found {
  return text === null ? null : { token: { kind: 'number', at, text }, length: text.length };
}

function operatorToken(text: string | null, at: number): Found {
  return text === null ? null : { token: { kind: 'operator', at, text }, length: text.length };
}

/** A text between quotes, or a name between backticks, which has no escapes. */
function quotedToken(source: ExpressionSource, from: number): Found {
  const { text } = source;
  const quote = text[from]!;
  if (quote === '`') {
    const end = text.indexOf('`', from + 1);
    if (end < 0) throw expressionError(source, from, 'the name that begins here has no closing `.');
    return { token: { kind: 'name', at: from, text: text.slice(from + 1, end) }, length: end + 1 - from };
  }
  if (quote !== '"' && quote !== "'") return null;
  let value = '';
  for (let at = from + 1; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === quote) return { token: { kind: 'text', at: from, text: value }, length: at + 1 - from };
    if (sign === '\\') {
      const escape = escapes[text[++at] ?? ''];
      if (escape === undefined) throw expressionError(source, at - 1, 'a \\ in a text stands before ", \', \\, n, r or t.');
      value += escape;
    } else {
      value += sign;
    }
  }
  throw expressionError(source, from, `the text that begins here has no closing ${quote}.`);
}

function unknownSign(text: string, at: number): string {
  const [sign] = text.slice(at, at + 2);
  const meant = mistaken.find(([written]) => written === sign)?.[1];
  return `${quoted(sign!)} is not known here${meant === undefined ? '' : `; ${meant}`}.`;
}
