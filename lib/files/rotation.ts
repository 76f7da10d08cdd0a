import { FlowError, invalidOption } from '../errors.js';
import type { NamePattern } from './name-pattern.js';

/** When {@link toFile} ends a file and begins the next; at least one of the first three. The first limit that is reached counts. */
export interface RotateOptions {
  /** Flows of a file. */
  flows?: number;
  /**
   * Bytes at which a file is closed. CSV and JSON go over it by less than 256 flows, and by a few only where files are small; Arrow and Parquet
   * write many flows at once, and go over it by up to that.
   */
  bytes?: number;
  /**
   * Seconds that a file covers, from multiples of it since 1970 in UTC: 3600 begins a file with each hour. Time is that of a flow's last packet, and the wall
   * clock's when the source is live, where a file also ends when no flow comes. A flow whose end had to be waited for goes to the file that is
   * open then. `partitionBy: 'hour'` sorts exactly.
   */
  seconds?: number;
  /** Files that stay: the oldest of those that this run wrote is deleted. Default: all. */
  keep?: number;
}

/** Limits with nothing left out; Infinity where there is none. */
export type Limits = Readonly<Required<RotateOptions>>;

/** No limits: what files have that are not rotated. */
export const noLimits: Limits = { flows: Infinity, bytes: Infinity, seconds: Infinity, keep: Infinity };

/**
 * The limits of checked options.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE when none is given
 */
export function limitsOf({ flows, bytes, seconds, keep }: RotateOptions): Limits {
  if (flows === undefined && bytes === undefined && seconds === undefined)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'Expected a limit in flows, bytes or seconds for rotate but received none.');
  return { flows: flows ?? Infinity, bytes: bytes ?? Infinity, seconds: seconds ?? Infinity, keep: keep ?? Infinity };
}

/**
 * Refuses a pattern that gives every file the same name.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE
 */
export function checkVaries(pattern: NamePattern, path: string): void {
  if (pattern.hasTime || pattern.hasNumber) return;
  throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the name of rotated files', 'a number or a time, such as flows-{n}.csv or flows-%Y%m%d-%H%M%S.csv,', path);
}
