import { invalidOption } from './errors.js';

/**
 * Checks a path. Native code, and that of the system, would end it at a NUL byte.
 * @param what the argument, as a sentence names it
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkPath(what: string, value: unknown, expected = 'a path'): string {
  if (typeof value !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, expected, value);
  if (value === '') throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', what, `${expected} that is not empty`, value);
  if (value.includes('\0')) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', what, `${expected} without a NUL byte`, value);
  return value;
}

/**
 * Checks a path, or an array of at least one.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkPaths(what: string, value: unknown): readonly string[] {
  const expected = 'a path or an array of paths';
  if (!Array.isArray(value)) return [checkPath(what, value, expected)];
  if (value.length === 0) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', what, 'at least one path', value);
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
  if (typeof value !== 'object' || value === null || typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, expected, value);
}

/** Whether a value is an object of names and values, and no Map, array or the like, whose content would be passed over. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.prototype.toString.call(value) === '[object Object]';
}
