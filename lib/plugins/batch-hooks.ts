import { valueAt, type FlowValue } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { keyOf, type Schema } from '../schema/schema.js';
import { Turn } from '../stage/turn.js';
import { hasEnded } from './engine-flow.js';
import { AnyHookFlow, withColumns, type FlowReading } from './hook-flow.js';
import { addedValues } from './plugin-column.js';
import { PluginFailure, type PluginRunner, type RunningFlow } from './plugin-runner.js';

/** Flows between two looks at the clock. */
const stride = 16;

/** A flow of a batch, as `onExpire` sees it. */
class BatchFlow extends AnyHookFlow {
  protected readonly reading: FlowReading;
  readonly #endReason: number;
  #batch: FlowBatch | null = null;
  #row = 0;

  constructor(reading: FlowReading) {
    super();
    this.reading = reading;
    this.#endReason = reading.names.indexOf('end_reason');
  }

  show(state: RunningFlow, batch: FlowBatch, row: number): void {
    this.state = state;
    this.#batch = batch;
    this.#row = row;
  }

  read(column: number): FlowValue | undefined {
    return valueAt(this.#batch!.columns[column]!, this.#row);
  }

  get ended(): string {
    return String(this.read(this.#endReason));
  }

  expire(): void {
    throw hasEnded();
  }

  stopUpdates(): void {}
}

/** Calls the hooks of plugins that have none for packets, for the flows of batches: the engine stays on its threads. */
export class BatchHooks {
  readonly #runner: PluginRunner;
  readonly #turn = new Turn();
  #flow: BatchFlow | null = null;
  #failure: PluginFailure | null = null;
  #cancelled = false;

  constructor(runner: PluginRunner) {
    this.#runner = runner;
  }

  /** Nothing is called any more. */
  cancel(): void {
    this.#cancelled = true;
  }

  /** A plugin has failed in a batch, which was given all the same. @throws {PluginFailure} */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  /**
   * The batch with the columns of plugins.
   * @param batch has the columns of the run, then those that only hooks read
   */
  async run(batch: FlowBatch, schema: Schema): Promise<FlowBatch> {
    const flow = (this.#flow ??= flowOf(batch.schema));
    const states: RunningFlow[] = [];
    for (let row = 0; row < batch.length && !this.#cancelled; row++) {
      const state = this.#runner.open();
      states.push(state);
      flow.show(state, batch, row);
      try {
        this.#runner.expire(state, flow);
      } catch (error) {
        if (!(error instanceof PluginFailure)) throw error;
        this.#failure ??= error;
      }
      if (row % stride === 0 && this.#turn.over()) await this.#turn.next();
    }
    return this.#widened(batch, schema, states);
  }

  /** The same of flows that are open still: with what the columns of plugins start with. */
  show(batch: FlowBatch, schema: Schema): FlowBatch {
    return this.#widened(
      batch,
      schema,
      Array.from({ length: batch.length }, () => this.#runner.start()),
    );
  }

  #widened(batch: FlowBatch, schema: Schema, states: readonly RunningFlow[]): FlowBatch {
    const { columns } = this.#runner;
    const own = batch.columns.slice(0, schema.fields.length - columns.length);
    return new FlowBatch(
      schema,
      states.length,
      [
        ...own,
        ...columns.map((column) =>
          addedValues(
            column,
            states.map((state) => this.#runner.valueOf(column, state)),
          ),
        ),
      ],
      batch.source,
    );
  }
}

function flowOf(schema: Schema): BatchFlow {
  const names = schema.fields.map(({ name }) => name);
  const keys = schema.fields.map(keyOf);
  return new (withColumns(BatchFlow, keys))({ names, keys });
}
