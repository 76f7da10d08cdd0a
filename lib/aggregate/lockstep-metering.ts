import type { NativeEngine, NativeEngineCounters, NativeStepResult } from '../../typings/native.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { Lockstep, type PluginRunner, type ReadableColumn } from '../plugins/index.js';
import { hookFields, tellsLabel, type FieldChoice } from '../schema/choose-fields.js';
import { camelCase, type Field } from '../schema/fields.js';
import type { RunState, Schema } from '../schema/schema.js';
import type { CheckedOptions } from './aggregate-options.js';
import { engineFor, fieldsOfRun, schemaOf, type Metering, type MeteringSource } from './metering.js';
import { takenBatch } from './taken-batch.js';

/** Metering packet by packet on the JavaScript thread, with the hooks of plugins at each. */
export class LockstepMetering implements Metering {
  readonly #engine: NativeEngine;
  readonly #plugins: PluginRunner;
  readonly #columns: readonly ReadableColumn[];
  readonly #makeSchema: () => Schema;
  #schema: Schema | null = null;
  #lockstep: Lockstep | null = null;

  constructor(options: CheckedOptions, source: MeteringSource, run: RunState, plugins: PluginRunner) {
    const fields = fieldsOfRun(options, source);
    const engine = (this.#engine = engineFor(options, fields));
    this.#plugins = plugins;
    this.#columns = hookFields(fields, { ...options, decodeTunnels: source.decodeTunnels } as unknown as FieldChoice).map(readable);
    this.#makeSchema = () => schemaOf(engine, fields, plugins.columns.map(({ field }) => field), run, options, source);
  }

  get schema(): Schema {
    return (this.#schema ??= this.#makeSchema());
  }

  async begin(firstId: number, maxFlows: number): Promise<void> {
    await this.#engine.open(firstId, maxFlows);
    this.#lockstep = new Lockstep(this.#engine, this.#plugins, this.#columns, firstId);
  }

  feed(batches: readonly PacketBatch[]): Promise<NativeStepResult> {
    return this.#lockstep!.feed(batches);
  }

  flush(): Promise<NativeStepResult> {
    return this.#lockstep!.flush();
  }

  async take(source: FlowSource | null): Promise<FlowBatch> {
    const batch = this.#engine.take();
    return takenBatch(this.schema, batch, source, this.#lockstep!.take(batch.rows));
  }

  counters(): NativeEngineCounters {
    return this.#engine.counters();
  }

  giveUp(): void {
    this.#lockstep?.giveUp();
  }

  end(): void {
    this.#plugins.end();
  }

  cancel(): void {
    this.#lockstep?.cancel();
  }

  close(): void {
    this.#engine.close();
  }
}

/** Columns that only a flow that has ended has. */
const atEnd: ReadonlySet<string> = new Set(['id', 'expiration_id', 'export_reason', 'end_reason']);

function readable(field: Field): ReadableColumn {
  const { name } = field;
  return { name, key: camelCase(name), column: field.column ?? name, bigint: field.bigint === true, labelled: tellsLabel(field), atEnd: atEnd.has(name) };
}
