import { availableParallelism } from 'node:os';
import type { NativeEngine, NativeEngineCounters, NativeStepResult } from '../../typings/native.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import type { FlowError } from '../errors.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { native } from '../native.js';
import { ndpiModule } from '../native-files.js';
import { accountingModes } from '../options.js';
import { chooseFields, fieldsForHooks, type FieldChoice } from '../schema/choose-fields.js';
import type { Field } from '../schema/fields.js';
import { Schema } from '../schema/schema.js';
import type { RunState } from '../stage/run-state.js';
import type { DecodeTunnels } from '../schema/tunnels.js';
import type { CheckedOptions } from './aggregate-options.js';
import { runMetadata } from './metadata.js';
import type { CaptureFacts } from './pieces.js';
import { metricFields, metricPrograms } from './metric-fields.js';

/** What counts packets into flows for an aggregator: one run after the other, one step at a time. */
export interface Metering {
  /** Of every batch; from the first begin() on. */
  readonly schema: Schema;
  /** Whether the first run has begun: before that there are no counters. */
  readonly begun: boolean;
  /** How often a plugin was dropped for a flow, and the first of its errors. */
  readonly skipped: { readonly count: number; readonly first: FlowError | null };
  /** Begins a run, whose first flow has this `id`, and which gives at most so many. */
  begin(firstId: number, maxFlows: number): Promise<void>;
  /** Takes batches. `full`: take() and call it again with the same ones. */
  feed(batches: readonly PacketBatch[]): Promise<NativeStepResult>;
  /** Ends the flows that are over by this time, in milliseconds by packets, while none comes; `full` as above. */
  expire(nowMs: number): Promise<NativeStepResult>;
  /**
   * Puts the open flows out as they are, all of them or those that have had a packet since the snapshot before, and of more than `most` of these a sample; they stay open. take() before the first call; while it is `full`, only
   * take() between.
   */
  snapshot(active: boolean, most: number): Promise<NativeStepResult>;
  /** Ends every open flow; `full` as above. */
  flush(): Promise<NativeStepResult>;
  /** The flows that have ended since it was asked last, or what a snapshot gave. */
  take(source: FlowSource | null, facts: CaptureFacts): Promise<FlowBatch>;
  counters(): NativeEngineCounters;
  /** After the failure of a plugin: forgets the batches under way. What is open can be flushed. */
  giveUp(): void | Promise<void>;
  /** The last run has ended: tells plugins. */
  end(): void | Promise<void>;
  /** A step under way need not go on. */
  cancel(): void;
  /** Frees everything; a step under way must be done. */
  close(): void;
}

/** Who is given a snapshot. @param threshold of a sample: a flow with fewer new bytes stands for so many, of others like it; 0 where all are given */
export type ShowTo = (batch: FlowBatch, threshold: number) => Promise<unknown>;

/** What decides how packets are metered, beside the options. */
export interface MeteringSource {
  readonly decodeTunnels: DecodeTunnels;
  /** Every capture is a run of its own. */
  readonly perFile: boolean;
  /** The first capture; null where packets have none. */
  readonly file: string | null;
}

/** A batch is full at this many flows, or at this many bytes. */
const maxRows = 8192;
/** For {@link Metering.expire}: a time that ends nothing, so that what has ended comes out, with labels that are waited for. */
export const beforeAll = Number.MIN_SAFE_INTEGER;
/** Of the option `meters`. */
const mostMeters = 64;
/** More meters wait for the thread that reads and decodes. */
const usefulMeters = 4;
const maxBytes = 4 << 20;

/**
 * The fields of a run, and those that its plugins may read besides.
 * @param hooks whether there are plugins that read
 */
export function fieldsOfRun(
  options: CheckedOptions,
  { decodeTunnels, perFile }: MeteringSource,
  hooks: boolean,
): { fields: readonly Field[]; more: readonly Field[] } {
  const choice = { ...options, decodeTunnels, perFile } as FieldChoice;
  const fields = [...chooseFields(choice), ...metricFields(options.metrics)];
  return { fields, more: hooks ? fieldsForHooks(fields, choice) : [] };
}

/**
 * How many meters share the flows. What is not told is what gives one answer on every machine: labels are those of one nDPI, and what a run with `maxFlows`
 * counts as ignored is what one meter has seen.
 * @param hooks whether plugins are called for packets, in their order
 */
export function metersOf({ meters, dissections, maxFlows }: CheckedOptions, hooks: boolean, cores: number): number {
  if (typeof meters === 'number') return meters;
  if (hooks) return 1;
  if (meters === 'auto') return Math.min(cores, mostMeters);
  return dissections > 0 || maxFlows > 0 ? 1 : Math.max(1, Math.min(Math.floor(cores / 2), usefulMeters));
}

/** The engine for these options, not yet open. */
export function engineFor(options: CheckedOptions, fields: readonly Field[], hooks: boolean): NativeEngine {
  const cores = availableParallelism();
  const meters = metersOf(options, hooks, cores);
  return new native.NativeEngine({
    idleTimeoutMs: options.idleTimeout * 1000,
    activeTimeoutMs: options.activeTimeout * 1000,
    maxClockStepMs: options.maxClockStep * 1000,
    tcpExpiry: options.tcpExpiry,
    tcpLingerMs: options.tcpLinger * 1000,
    capacity: options.capacity,
    dissections: options.dissections,
    meters,
    // Of several meters too, however many cores there are for them: at the end of each stretch meters wait for the slowest, and what some packets cost in nDPI is then
    // no part of that.
    dissectBeside: cores > 1,
    accounting: (accountingModes as readonly unknown[]).indexOf(options.accountingMode),
    dissectorModule: ndpiModule(),
    protocolsFile: options.protocolsFile,
    categoriesFile: options.categoriesFile,
    columns: fields.filter((field) => !field.ofCapture).map((field) => field.column ?? field.name),
    timeUnit: options.timeUnit,
    timestamps: options.timestamps,
    splt: options.splt,
    payloadBytes: options.payloadBytes,
    entropyBytes: options.entropyBytes,
    activityTimeoutMs: options.activityTimeout * 1000,
    freezeAfter: options.freezeAfter,
    communityIdSeed: options.communityIdSeed,
    metrics: metricPrograms(options.metrics),
    maxRows,
    maxBytes,
  });
}

/** The schema of an engine's flows, with more columns behind its own. */
export function schemaOf(
  engine: NativeEngine,
  fields: readonly Field[],
  added: readonly Field[],
  run: RunState,
  options: CheckedOptions,
  { decodeTunnels, file }: MeteringSource,
): Schema {
  const filled = fields.filter((field) => !field.ofCapture);
  const sets = engine.closedSets();
  const told = fields.map((field) => (field.closed ? Object.freeze({ ...field, values: Object.freeze(sets[filled.indexOf(field)]!) }) : field));
  return new Schema([...told, ...added], run, runMetadata({ ...options, decodeTunnels }, file));
}
