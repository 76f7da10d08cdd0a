import { basename } from 'node:path';
import type { NativeEngine, NativeEngineCounters, NativeStepResult } from '../../typings/native.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { BatchHooks, type PluginRunner } from '../plugins/index.js';
import { Schema } from '../schema/schema.js';
import type { RunState } from '../stage/run-state.js';
import type { CheckedOptions } from './aggregate-options.js';
import { engineFor, fieldsOfRun, schemaOf, type Metering, type MeteringSource } from './metering.js';
import type { CaptureFacts } from './pieces.js';
import { takenBatch } from './taken-batch.js';

/** Metering on the threads of an engine. Plugins, which have no hooks for packets, are called for the flows that come out. */
export class ThreadMetering implements Metering {
  begun = false;
  readonly #engine: NativeEngine;
  readonly #plugins: PluginRunner | null;
  readonly #makeSchema: () => Schema;
  #schema: Schema | null = null;
  readonly #hooks: BatchHooks | null;
  /** Of what the engine gives: the columns of the run, then those that only hooks read. */
  #wide: Schema | null = null;
  /** What is taken next are open flows. */
  #shows = false;

  constructor(options: CheckedOptions, source: MeteringSource, run: RunState, plugins: PluginRunner | null) {
    const { fields, more } = fieldsOfRun(options, source, plugins !== null);
    const engine = (this.#engine = engineFor(options, [...fields, ...more], false));
    this.#plugins = plugins;
    this.#hooks = plugins === null ? null : new BatchHooks(plugins);
    if (plugins !== null) this.#wide = new Schema([...fields, ...more], run);
    this.#makeSchema = () => schemaOf(engine, fields, plugins?.columns.map(({ field }) => field) ?? [], run, options, source);
  }

  get schema(): Schema {
    return (this.#schema ??= this.#makeSchema());
  }

  get skipped(): Metering['skipped'] {
    return this.#plugins?.skipped ?? { count: 0, first: null };
  }

  async begin(firstId: number, maxFlows: number): Promise<void> {
    await this.#engine.open(firstId, maxFlows);
    this.begun = true;
  }

  async feed(batches: readonly PacketBatch[]): Promise<NativeStepResult> {
    this.#hooks?.throwFailure();
    return this.#engine.feed(
      batches.flatMap((batch) => [batch.data, batch.records]),
      batches.map((batch) => batch.origins ?? basename(batch.file ?? '')),
    );
  }

  async expire(nowMs: number): Promise<NativeStepResult> {
    this.#hooks?.throwFailure();
    return this.#engine.expireBy(nowMs);
  }

  async snapshot(active: boolean, most: number): Promise<NativeStepResult> {
    this.#shows = true;
    return this.#engine.snapshot(active, most);
  }

  async flush(): Promise<NativeStepResult> {
    this.#hooks?.throwFailure();
    return this.#engine.flush();
  }

  async take(source: FlowSource | null, facts: CaptureFacts): Promise<FlowBatch> {
    const taken = this.#engine.take();
    const shows = this.#shows;
    this.#shows = false;
    if (this.#hooks === null) return takenBatch(this.schema, taken, source, facts);
    const batch = takenBatch(this.#wide!, taken, source, facts);
    return shows ? this.#hooks.show(batch, this.schema) : this.#hooks.run(batch, this.schema);
  }

  counters(): NativeEngineCounters {
    return this.#engine.counters();
  }

  giveUp(): void {}

  end(): void {
    this.#hooks?.throwFailure();
    this.#plugins?.end();
  }

  cancel(): void {
    this.#hooks?.cancel();
  }

  close(): void {
    this.#engine.close();
  }
}
