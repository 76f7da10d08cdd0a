import { checkIterable } from '../arguments.js';
import { invalidOption } from '../errors.js';
import { checkOptions } from '../options.js';

/** Whose packets `Streamer.toCapture()` writes. */
export interface PacketsOptions {
  /** Flows for which this condition holds, besides the Streamer's own. Default: all that it gives. */
  where?: string;
  /** Flows by their `id`, as a run with the same options gives it. Default: all. */
  flows?: Iterable<number>;
  /** Replaces a file that exists. Default true. */
  clobber?: boolean;
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_EXPRESSION */
export function checkPacketsOptions(options: unknown): { where: string | undefined; flows: ReadonlySet<number> | null; clobber: boolean } {
  const { flows, where, clobber } = checkOptions(['packets'], options) as { flows?: Iterable<unknown>; where?: string; clobber: boolean };
  if (flows === undefined) return { where, flows: null, clobber };
  checkIterable('flows', 'an array of ids', flows);
  const ids = new Set<number>();
  for (const id of flows) {
    if (!Number.isSafeInteger(id)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'an id of flows', 'an integer', id);
    ids.add(id as number);
  }
  return { where, flows: ids, clobber };
}
