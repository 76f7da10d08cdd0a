import { basename, dirname } from 'node:path';
import { invalidOption, type FlowError } from '../errors.js';

/** A piece of a name: text as it is, or what stands for the time and the number of a file. */
type Piece = string | ((time: Date, number: number) => string);

/** Furthest time from 1970 that a Date can tell, in milliseconds; times come from captures. */
const furthestMs = 8.64e15;

/** The directives of strftime that names can have, in UTC. */
const directives: Readonly<Record<string, (time: Date) => string>> = {
  Y: (time) => String(time.getUTCFullYear()).padStart(4, '0'),
  m: (time) => digits(time.getUTCMonth() + 1, 2),
  d: (time) => digits(time.getUTCDate(), 2),
  H: (time) => digits(time.getUTCHours(), 2),
  M: (time) => digits(time.getUTCMinutes(), 2),
  S: (time) => digits(time.getUTCSeconds(), 2),
  j: (time) => digits(dayOfYear(time), 3),
  s: (time) => String(Math.floor(time.getTime() / 1000)),
};

/**
 * A pattern for names of files that are written one after the other: `%Y %m %d %H %M %S` are year, month, day, hour, minute and second in UTC, `%j` is
 * the day of the year, `%s` the seconds since 1970, `%%` a percent sign, `%{` a brace; `{n}` is the file's number from 0, `{n:4}` the same with at least four digits.
 */
export class NamePattern {
  readonly #pieces: readonly Piece[];
  /** Whether names tell a time, and whether they tell a number. */
  readonly hasTime: boolean;
  readonly hasNumber: boolean;
  /** Whether folders of the path change too; they are made when they are needed. */
  readonly hasFolders: boolean;

  /** @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE for a directive that does not exist */
  constructor(pattern: string) {
    const matches = [...pattern.matchAll(/%(.?)|\{n(?::(\d{1,2}))?\}|\{(?:n\b[^}]*|name|file)\}|[^%{]+|\{/gsu)];
    this.#pieces = matches.map((match) => pieceOf(match, pattern));
    const meant = pattern.replace(/%[%{]/g, '');
    this.hasTime = /%[YmdHMSjs]/.test(meant);
    this.hasNumber = /\{n(:\d{1,2})?\}/.test(meant);
    this.hasFolders = /%|\{n/.test(dirname(pattern)) && basename(pattern) !== pattern;
  }

  /** The name of a file. @param ms its time, milliseconds since 1970, @param number its number, from 0 */
  name(ms: number, number: number): string {
    const time = new Date(Math.max(-furthestMs, Math.min(furthestMs, ms)));
    return this.#pieces.map((piece) => (typeof piece === 'string' ? piece : piece(time, number))).join('');
  }
}

function pieceOf([text, directive, width]: RegExpExecArray, pattern: string): Piece {
  if (directive === '%' || directive === '{') return directive;
  if (directive !== undefined) {
    const known = directives[directive];
    if (known !== undefined) return known;
    throw unknownDirective(pattern);
  }
  if (!/^\{./.test(text)) return text;
  if (/^\{n(:\d{1,2})?\}$/.test(text)) return (_, number) => digits(number, Number(width ?? 1));
  throw unknownDirective(pattern);
}

function unknownDirective(pattern: string): FlowError {
  return invalidOption(
    'ERR_NFSTREAM_OPTION_RANGE',
    'the name of rotated files',
    'no other placeholders than %Y, %m, %d, %H, %M, %S, %j, %s, %%, %{ and {n}',
    pattern,
  );
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function dayOfYear(time: Date): number {
  return Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}
