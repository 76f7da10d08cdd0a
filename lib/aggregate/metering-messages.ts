import type { NativeEngineCounters, NativeStepResult } from '../../typings/native.js';
import { noFacts, PacketBatch, type PacketBatchFacts } from '../capture/packet-batch.js';
import { PacketOrigins, type MergedFiles } from '../capture/packet-origins.js';
import { SlabLease } from '../capture/slab.js';
import { errorCodes, FlowError, type FlowErrorCode, type FlowErrorPlace } from '../errors.js';
import type { FlowColumn } from '../flows/columns.js';
import type { FlowSource } from '../flows/flow-source.js';
import { PluginFailure } from '../plugins/index.js';
import type { Field } from '../schema/fields.js';
import type { Metadata } from '../schema/schema.js';
import type { CheckedOptions } from './aggregate-options.js';
import type { MeteringSource } from './metering.js';
import type { CaptureFacts } from './pieces.js';

// What an aggregator and the thread of its plugins say to each other. Each request has one reply.

/** What the thread is told when it starts. */
export interface ThreadSettings {
  readonly module: string;
  readonly options: CheckedOptions;
  readonly pluginPrefix: string;
  readonly onError: 'fail' | 'skip';
  readonly source: MeteringSource;
}

/** What the thread is asked. */
export type MeteringRequest =
  | { readonly kind: 'begin'; readonly firstId: number; readonly maxFlows: number }
  /** Without batches those under way go on. */
  | { readonly kind: 'feed'; readonly batches: readonly SentBatch[] | null }
  | { readonly kind: 'expire'; readonly nowMs: number }
  | { readonly kind: 'snapshot'; readonly active: boolean; readonly most: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'take'; readonly source: FlowSource | null; readonly facts: CaptureFacts }
  | { readonly kind: 'giveUp' }
  | { readonly kind: 'end' };

/** What the thread replies: one of the first, or why it can't go on; and how far it is. */
export interface MeteringReply {
  /** To 'begin'. */
  readonly schema?: { readonly fields: readonly Field[]; readonly metadata: Metadata };
  /** To 'feed', 'expire', 'snapshot' and 'flush'. */
  readonly step?: NativeStepResult;
  /** To 'take'. */
  readonly flows?: { readonly length: number; readonly columns: readonly FlowColumn[] };
  readonly error?: SentError;
  readonly counters?: NativeEngineCounters;
  readonly skipped: { readonly count: number; readonly first: SentError | null };
  /** The memory of batches, when they are done with. */
  readonly memories: readonly ArrayBuffer[];
}

/** A packet batch, in memory that goes with it. */
export interface SentBatch {
  readonly memory: ArrayBuffer;
  readonly dataBytes: number;
  readonly recordBytes: number;
  readonly facts: Omit<PacketBatchFacts, 'damage' | 'stop' | 'origins' | 'run'>;
  readonly origins: { readonly numbers: Float64Array; readonly files: MergedFiles } | null;
}

/** An error in parts that can be sent. */
export interface SentError {
  readonly message: string;
  readonly code?: FlowErrorCode;
  readonly place: FlowErrorPlace;
  readonly cause: unknown;
  /** It is a plugin's, behind which flows are still given. */
  readonly failure: boolean;
}

/** The batch as it is sent. @param memories memory that may be used again */
export function sentBatch(batch: PacketBatch, memories: ArrayBuffer[]): SentBatch {
  const { data, records, firstNumber, firstOffset, file, decodeTunnels, live, fileIndex, origins } = batch;
  const dataBytes = (data.length + 7) & ~7;
  const needed = dataBytes + records.length;
  const fitting = memories.findIndex(({ byteLength }) => byteLength >= needed);
  const memory = fitting >= 0 ? memories.splice(fitting, 1)[0]! : new ArrayBuffer(needed);
  new Uint8Array(memory).set(data);
  new Uint8Array(memory, dataBytes).set(records);
  return {
    memory,
    dataBytes,
    recordBytes: records.length,
    facts: { firstNumber, firstOffset, file, decodeTunnels, live, fileIndex },
    origins: origins === null ? null : { numbers: origins.numbers.slice(), files: origins.files },
  };
}

/** The batch as it was sent. */
export function receivedBatch({ memory, dataBytes, recordBytes, facts, origins }: SentBatch): PacketBatch {
  const told = { ...noFacts, ...facts, origins: origins === null ? null : new PacketOrigins(origins.numbers, origins.files) };
  return new PacketBatch(new SlabLease(memory, null), new Uint8Array(memory, 0, dataBytes), new Uint8Array(memory, dataBytes, recordBytes), told);
}

export function sentError(thrown: unknown): SentError {
  const error = thrown instanceof PluginFailure ? thrown.error : thrown;
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  const { file, packet, plugin, hook, flow } = (error instanceof FlowError ? error : {}) as Partial<FlowError>;
  const place = {
    ...(file !== undefined && { file }),
    ...(packet !== undefined && { packet }),
    ...(plugin !== undefined && { plugin }),
    ...(hook !== undefined && { hook }),
    ...(flow !== undefined && { flow }),
  };
  return {
    message,
    ...(typeof code === 'string' && code in errorCodes && { code: code as FlowErrorCode }),
    place,
    cause: cloned((error as { cause?: unknown } | null)?.cause ?? error),
    failure: thrown instanceof PluginFailure,
  };
}

/** @param otherwise the code of an error that has none of ours */
export function receivedError({ message, code, place, cause }: SentError, otherwise: FlowErrorCode = 'ERR_NFSTREAM_PLUGIN'): FlowError {
  return new FlowError(code ?? otherwise, message, { ...place, cause });
}

/** What can be sent of a value that anybody may have thrown. */
function cloned(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value); // a function, or something that holds one
  }
}
