import { FlowError } from '../errors.js';

/** An expression, and how sentences name it: `where`, or `metric 'big'`. */
export interface ExpressionSource {
  readonly what: string;
  readonly text: string;
}

/**
 * The error for what is wrong in an expression.
 * @param at index in its text; sentences count characters from 1
 */
export function expressionError({ what, text }: ExpressionSource, at: number, sentence: string): FlowError {
  return new FlowError('ERR_NFSTREAM_EXPRESSION', `${what}, column ${Array.from(text.slice(0, at)).length + 1}: ${sentence}`);
}
