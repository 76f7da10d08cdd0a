import { invalidOption } from './errors.js';
import { isRecord } from './is-record.js';

/** Characters of the longest path that the system takes. */
const longestPath = 4096;

/**
 * Checks a path. Native code, and that of the system, would end it at a NUL byte.
 * @param what the argument, as a sentence names it
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkPath(what: string, value: unknown, expected = 'a path'): string {
  if (typeof value !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, expected, value);
  if (value === '') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, `${expected} that is not empty`, value);
  if (value.includes('\0')) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', what, `${expected} without a NUL byte`, value);
  if (value.length > longestPath) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', what, `${expected} of at most ${longestPath} characters`, value);
  return value;
}

/**
 * Checks a path, or an array of at least one.
 * @param none the code for an empty array
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkPaths(
  what: string,
  value: unknown,
  none: 'ERR_NFSTREAM_OPTION_TYPE' | 'ERR_NFSTREAM_OPTION_RANGE' = 'ERR_NFSTREAM_OPTION_TYPE',
): readonly string[] {
  const expected = 'a path or an array of paths';
  if (!Array.isArray(value)) return [checkPath(what, value, expected)];
  if (value.length === 0) throw invalidOption(none, what, 'at least one path', value);
  return Array.from(value, (path) => checkPath(what, path, expected));
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'a function', value);
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
export function checkText(what: string, value: unknown): void {
  if (typeof value !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'a string', value);
}

/** Checks the number of a row: negative ones count from the end. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE */
export function checkRow(what: string, value: unknown): void {
  if (typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'an integer', value);
  if (!Number.isInteger(value) && Math.abs(value) !== Infinity) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', what, 'an integer', value);
}

/** Checks what is gone through once, and is no text. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
export function checkIterable(what: string, expected: string, value: unknown): void {
  if (!has(value, Symbol.iterator)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, expected, value);
}

/** Whether a value can be gone through, at once or as it comes, and is no text. */
export function isIterable(value: unknown): boolean {
  return has(value, Symbol.iterator) || has(value, Symbol.asyncIterator);
}

function has(value: unknown, method: symbol): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<symbol, unknown>)[method] === 'function';
}

/** Checks options before anything is taken out of them. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
export function checkGiven(value: unknown): void {
  if (value !== undefined && !isRecord(value)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the options', 'an object', value);
}
