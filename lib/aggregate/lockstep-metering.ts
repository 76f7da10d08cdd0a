import type { NativeEngine, NativeEngineCounters, NativeStepResult } from '../../typings/native.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { Lockstep, readable, type PluginRunner, type ReadableColumn } from '../plugins/index.js';
import type { Schema } from '../schema/schema.js';
import type { RunState } from '../stage/run-state.js';
import type { CheckedOptions } from './aggregate-options.js';
import { engineFor, fieldsOfRun, schemaOf, type Metering, type MeteringSource } from './metering.js';
import type { CaptureFacts } from './pieces.js';
import { takenBatch } from './taken-batch.js';

/** Metering packet by packet on the JavaScript thread, with the hooks of plugins at each. */
export class LockstepMetering implements Metering {
  begun = false;
  readonly #engine: NativeEngine;
  readonly #plugins: PluginRunner;
  readonly #processes: boolean;
  readonly #columns: readonly ReadableColumn[];
  readonly #makeSchema: () => Schema;
  #schema: Schema | null = null;
  #lockstep: Lockstep | null = null;

  constructor(options: CheckedOptions, source: MeteringSource, run: RunState, plugins: PluginRunner) {
    const { fields, more } = fieldsOfRun(options, source, true);
    const engine = (this.#engine = engineFor(options, [...fields, ...more], true));
    this.#plugins = plugins;
    this.#processes = options.processes;
    this.#columns = [...fields, ...more].filter((field) => !field.ofCapture).map(readable);
    this.#makeSchema = () =>
      schemaOf(
        engine,
        fields,
        plugins.columns.map(({ field }) => field),
        run,
        options,
        source,
      );
  }

  get schema(): Schema {
    return (this.#schema ??= this.#makeSchema());
  }

  get skipped(): Metering['skipped'] {
    return this.#plugins.skipped;
  }

  async begin(firstId: number, maxFlows: number): Promise<void> {
    await this.#engine.open(firstId, maxFlows);
    this.begun = true;
    this.#lockstep = new Lockstep(this.#engine, this.#plugins, this.#columns, firstId);
  }

  feed(batches: readonly PacketBatch[]): Promise<NativeStepResult> {
    return this.#lockstep!.feed(batches);
  }

  expire(nowMs: number): Promise<NativeStepResult> {
    return this.#lockstep!.expire(nowMs);
  }

  async snapshot(active: boolean, most: number): Promise<NativeStepResult> {
    return this.#lockstep!.snapshot(active, most);
  }

  async flush(): Promise<NativeStepResult> {
    // Hooks of flows that end now may read what was asked for; the engine's own flush waits by itself.
    if (this.#processes) await this.#engine.settle();
    return this.#lockstep!.flush();
  }

  async take(source: FlowSource | null, facts: CaptureFacts): Promise<FlowBatch> {
    const batch = this.#engine.take();
    return takenBatch(this.schema, batch, source, facts, this.#lockstep!.take(batch.rows));
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
