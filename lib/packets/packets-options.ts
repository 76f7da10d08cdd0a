import { checkIterable } from '../arguments.js';
import { invalidOption } from '../errors.js';
import type { OptionStage } from '../option-stages.js';
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

/** What `Streamer.toCapture()` takes. */
export interface PacketCaptureOptions extends PacketsOptions {
  /**
   * Writes a file for each flow: the path is a pattern, `flows/{id}.pcapng`, in which `{id}` is the flow's id and `{dst_ip}` or the like the value of any column of text or integers, `%{` a brace and `%%` a percent
   * sign. Flows with one name share a file. Folders are made as they are needed. All files get their names at the end, when each is whole. Default false.
   */
  split?: boolean;
}

/** What was written. */
export interface PacketsWritten {
  flows: number;
  packets: number;
  /** With `split`. */
  files?: number;
}

/** The options of both, checked. */
export interface CheckedPackets {
  readonly where: string | undefined;
  readonly flows: ReadonlySet<number> | null;
  readonly clobber: boolean;
  readonly split: boolean;
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_EXPRESSION */
export function checkPacketsOptions(options: unknown, stages: readonly OptionStage[] = ['packets']): CheckedPackets {
  const {
    flows,
    split = false,
    ...checked
  } = checkOptions(stages, options) as { flows?: Iterable<unknown>; where?: string; clobber: boolean; split?: boolean };
  return { where: checked.where, clobber: checked.clobber, split, flows: flows === undefined ? null : idsOf(flows) };
}

function idsOf(flows: Iterable<unknown>): ReadonlySet<number> {
  checkIterable('flows', 'an array of ids', flows);
  const ids = new Set<number>();
  for (const id of flows) {
    if (!Number.isSafeInteger(id)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'an id of flows', 'an integer', id);
    ids.add(id as number);
  }
  return ids;
}
