import type { NativeEngineCounters } from '../../typings/native.js';
import { buildColumn, type FlowColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { FlowError, shown } from '../errors.js';
import { flagOf } from '../options.js';
import type { Field } from '../schema/fields.js';
import type { PieceRun } from '../schema/piece-fields.js';
import type { Schema } from '../schema/schema.js';
import type { CheckedOptions } from './aggregate-options.js';

/** What the columns that are the same in all flows of a capture say of it. */
export type CaptureFacts = Readonly<Record<string, string | bigint>>;

/** The options that end or leave out flows inside a capture, and what leaves them off. */
const inside = { activeTimeout: Infinity, tcpExpiry: 'none', maxClockStep: Infinity, maxFlows: 0, freezeAfter: 0 } as const;

/** What a caller gave, with what a run that makes pieces has where nothing was said. */
export function withPieceDefaults<Given extends object>(given: Given): Given {
  const { partial, activeTimeout } = (given ?? {}) as { partial?: unknown; activeTimeout?: unknown };
  return partial === true && activeTimeout === undefined ? { ...given, activeTimeout: inside.activeTimeout } : given;
}

/**
 * Checks what goes with pieces.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE for an option whose cuts lie inside a piece
 */
export function checkPieces(options: CheckedOptions): void {
  if (!options.partial) {
    if (options.observationPoint !== '') throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'The option observationPoint needs partial.');
    return;
  }
  const other = (Object.keys(inside) as (keyof typeof inside)[]).find((name) => options[name] !== inside[name]);
  if (other === undefined) return;
  throw new FlowError(
    'ERR_NFSTREAM_OPTION_RANGE',
    `With partial, ${other} can't be ${shown(options[other])}: it would end or leave out flows inside a capture, where stitching can't mend it. Leave ${other} (${flagOf(other)}) out.`,
  );
}

/** What all flows of a run say of its capture. @param capture the first one as it was given, '' where it has no name */
export function factsOf(options: CheckedOptions, source: FlowSource | null, capture: string, { firstClockNs }: NativeEngineCounters): CaptureFacts {
  const own = { source_file: source?.file ?? '' };
  if (!options.partial) return own;
  return { ...own, piece_row: 'flow', piece_point: options.observationPoint, piece_capture: capture, piece_clock_ns: firstClockNs ?? 0n, piece_run: '' };
}

/** The row of bounds of a run that has ended. */
export function boundsOf(schema: Schema, options: CheckedOptions, facts: CaptureFacts, counters: NativeEngineCounters, source: FlowSource | null): FlowBatch {
  const ms = (seconds: number): number | null => (seconds === Infinity ? null : Math.round(seconds * 1000));
  const run: PieceRun = {
    clock: counters.lastClockNs?.toString() ?? null,
    idleTimeout: ms(options.idleTimeout),
    activityTimeout: ms(options.activityTimeout),
    timeUnit: options.timeUnit,
    accountingMode: String(options.accountingMode),
    payloadBytes: options.payloadBytes,
    entropyBytes: options.entropyBytes,
    dissections: options.dissections,
  };
  const packets = counters.packets + counters.ignored.reduce((sum, ignored) => sum + ignored, 0);
  const values: CaptureFacts = { ...facts, piece_row: 'bounds', piece_last_packet: BigInt(packets), piece_run: JSON.stringify(run), id: -1n };
  return new FlowBatch(
    schema,
    1,
    schema.fields.map((field) => rowOf(field, values[field.name])),
    source,
  );
}

/** A column with this value alone, or with nothing. */
function rowOf(field: Field, value: string | bigint | undefined): FlowColumn {
  return buildColumn(field, [value ?? (field.nullable ? null : nothing(field))]);
}

function nothing({ type, list }: Field): unknown {
  if (type === 'list') return new Array(list!.size).fill(-1);
  return type === 'text' ? '' : 0;
}
