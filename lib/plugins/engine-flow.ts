import type { NativeEngine } from '../../typings/native.js';
import { FlowError, invalidOption } from '../errors.js';
import type { FlowValue } from '../flows/columns.js';
import { isRecord } from '../is-record.js';
import { needsLabels } from '../schema/choose-fields.js';
import type { Field } from '../schema/fields.js';
import { keyOf } from '../schema/schema.js';
import { AnyHookFlow, withColumns, type ExpireOptions, type FlowReading } from './hook-flow.js';
import type { PluginRunner, RunningFlow } from './plugin-runner.js';
import { toldNumber, type SharedStep } from './shared-step.js';

/** A column that hooks may read. */
export interface ReadableColumn {
  /** Its name in files, the flow's property, and the engine's name. */
  readonly name: string;
  readonly key: string;
  readonly column: string;
  readonly bigint: boolean;
  /** Tells what dissection found. */
  readonly labelled: boolean;
}

/** Columns that only a flow that has ended has. */
const atEnd: ReadonlySet<string> = new Set(['id', 'expiration_id', 'export_reason', 'end_reason']);

/** A field as hooks read it. */
export function readable(field: Field): ReadableColumn {
  const { name } = field;
  return { name, key: keyOf(field), column: field.column ?? name, bigint: field.bigint === true, labelled: needsLabels(field) };
}

/** The words of the column end_reason, by the engine's EndReason. */
export const endReasonNames = Object.freeze(['idle', 'active', 'end', 'capacity', 'tcp_fin', 'tcp_rst', 'custom'] as const);

/** What {@link AnyHookFlow.expire} was asked for. */
interface Asked {
  readonly exportReason: number;
  readonly ignoreRest: boolean;
}

/** The least `export_reason` that plugins may give, and the one that they give by default, which no other reason has. */
const leastExportReason = 3;
const usualExportReason = 5;
const mostExportReason = 127; // the column holds 8 bits with `compact`

const asks: Asked = Object.freeze({ exportReason: usualExportReason, ignoreRest: false });

/** The flow of the packet that was told, and the flow that has ended, as hooks see them. */
export interface FlowsInHooks {
  readonly current: PacketFlow;
  readonly ended: EndedFlow;
}

/** What both kinds of flow read from. */
interface Source {
  readonly engine: NativeEngine;
  readonly step: SharedStep;
  readonly runner: PluginRunner;
  readonly reading: FlowReading;
  /** By column: whether it is known at the end only. */
  readonly atEnd: readonly boolean[];
}

abstract class EngineFlow extends AnyHookFlow {
  protected readonly source: Source;
  protected slot = 0;

  constructor(source: Source) {
    super();
    this.source = source;
  }

  protected get reading(): FlowReading {
    return this.source.reading;
  }

  stopUpdates(): void {
    this.source.runner.stopUpdates(this.state as RunningFlow);
  }
}

/** The flow of the packet that was told. */
export class PacketFlow extends EngineFlow {
  /** That it ends with this packet. */
  asked: Asked | null = null;

  get ended(): null {
    return null;
  }

  show(state: RunningFlow, slot: number): void {
    this.state = state;
    this.slot = slot;
    this.asked = null;
  }

  read(column: number): FlowValue | undefined {
    const { engine, atEnd } = this.source;
    return atEnd[column] ? undefined : engine.value(column, this.slot, 0, 0);
  }

  /** A number of a direction that the step has told. */
  told(place: number): number {
    return this.source.step.f64[place]!;
  }

  expire(options?: ExpireOptions): void {
    this.asked ??= options === undefined ? asks : checkExpire(options);
  }
}

/** A flow that has ended. */
export class EndedFlow extends EngineFlow {
  #reason = 0;
  #id = -1;

  get ended(): string {
    return endReasonNames[this.#reason]!;
  }

  /** The `id` of the next flow that is shown. */
  begin(firstId: number): void {
    this.#id = firstId - 1;
  }

  show(state: RunningFlow, slot: number, reason: number): void {
    this.state = state;
    this.slot = slot;
    this.#reason = reason;
    this.#id++;
  }

  read(column: number): FlowValue | undefined {
    return this.source.engine.value(column, this.slot, this.#reason, this.#id);
  }

  expire(): void {
    throw hasEnded();
  }
}

/** The error of a hook that ends a flow that has ended. */
export function hasEnded(): FlowError {
  return new FlowError('ERR_NFSTREAM_PLUGIN', 'flow.expire() was called for a flow that has ended; it is for onInit and onUpdate.');
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN */
function checkExpire(options: unknown): Asked {
  if (!isRecord(options)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the options of expire()', 'an object', options);
  const { exportReason = usualExportReason, rest = 'count', ...others } = options;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new FlowError('ERR_NFSTREAM_OPTION_UNKNOWN', `There is no option ${other.slice(0, 60)} of expire(); known are exportReason, rest.`);
  const expected = `an integer from ${leastExportReason} to ${mostExportReason}`;
  if (typeof exportReason !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'exportReason', expected, exportReason);
  if (!Number.isInteger(exportReason) || exportReason < leastExportReason || exportReason > mostExportReason)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'exportReason', expected, exportReason);
  if (rest !== 'count' && rest !== 'ignore')
    throw invalidOption(typeof rest === 'string' ? 'ERR_NFSTREAM_OPTION_RANGE' : 'ERR_NFSTREAM_OPTION_TYPE', 'rest', 'one of "count", "ignore"', rest);
  return { exportReason, ignoreRest: rest === 'ignore' };
}

/** What the step has told already, and needs no call. */
const fast: Readonly<Record<string, (flow: PacketFlow) => number>> = {
  src2dstPackets: (flow) => flow.told(toldNumber.packets),
  dst2srcPackets: (flow) => flow.told(toldNumber.packets + 1),
  bidirectionalPackets: (flow) => flow.told(toldNumber.packets) + flow.told(toldNumber.packets + 1),
  src2dstBytes: (flow) => flow.told(toldNumber.bytes),
  dst2srcBytes: (flow) => flow.told(toldNumber.bytes + 1),
  bidirectionalBytes: (flow) => flow.told(toldNumber.bytes) + flow.told(toldNumber.bytes + 1),
};

/** The flows of a run's hooks. */
export function flowsInHooks(engine: NativeEngine, step: SharedStep, columns: readonly ReadableColumn[], runner: PluginRunner, firstId: number): FlowsInHooks {
  const keys = columns.map(({ key }) => key);
  const source: Source = { engine, step, runner, reading: { names: columns.map(({ name }) => name), keys }, atEnd: columns.map(({ name }) => atEnd.has(name)) };
  const ended = new (withColumns(EndedFlow, keys))(source);
  ended.begin(firstId);
  return { current: new (withColumns(PacketFlow, keys, fast))(source), ended };
}
