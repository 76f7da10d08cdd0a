import { FlowError, invalidOption, shortened } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import { nearest } from '../../text/nearest.js';

/** IP protocols that plugins look for. */
export const ipProtocol = Object.freeze({ icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const);

/**
 * The options of a plugin, of which each is known.
 * @param plugin its function, as sentences name it
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function knownOptions(plugin: string, given: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  if (!isRecord(given)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `the options of ${plugin}()`, 'an object', given);
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other === undefined) return given;
  const near = nearest(other, known);
  const hint = near === undefined ? `known are ${known.join(', ')}.` : `did you mean ${near}?`;
  throw new FlowError('ERR_NFSTREAM_OPTION_UNKNOWN', `There is no option ${shortened(other)} of ${plugin}(); ${hint}`);
}

/** A whole number in a range. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE */
export function wholeNumber(option: string, value: unknown, least: number, most: number): number {
  const expected = `an integer from ${least} to ${most}`;
  if (typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', option, expected, value);
  if (!Number.isInteger(value) || value < least || value > most) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', option, expected, value);
  return value;
}

/** A number above 0. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE */
export function positiveNumber(option: string, value: unknown, most: number): number {
  const expected = `a number above 0, up to ${most}`;
  if (typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', option, expected, value);
  if (!(value > 0 && value <= most)) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', option, expected, value);
  return value;
}

/** One of some words. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE */
export function oneOf<Word extends string>(option: string, value: unknown, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const expected = `one of ${words.map((word) => JSON.stringify(word)).join(', ')}`;
  throw invalidOption(typeof value === 'string' ? 'ERR_NFSTREAM_OPTION_RANGE' : 'ERR_NFSTREAM_OPTION_TYPE', option, expected, value);
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
export function trueOrFalse(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', option, 'true or false', value);
  return value;
}
