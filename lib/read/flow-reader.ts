import type { FlowBatch } from '../flows/flow-batch.js';
import { FlowError } from '../errors.js';
import { readsFrom } from '../stage/inputs.js';
import { noteDamage } from '../stage/run-state.js';
import type { RunState } from '../stage/run-state.js';
import { Source } from '../stage/source.js';
import type { ByteInput } from './byte-input.js';

/** What every reader of flows takes. */
export interface ReadOptions {
  /**
   * What a file that was cut off, or is wrong somewhere, does. 'finish' (default): the stages behind get every flow in front of that and end normally, then the
   * last one raises the damage. 'abort': the stream is destroyed at once. Damage before the first flow always destroys.
   */
  onDamage?: 'finish' | 'abort';
  /** Destroys the stream when it is aborted. */
  signal?: AbortSignal;
}

/** What was read so far. */
export interface ReadReport {
  flows: number;
  bytesRead: number;
  /** Size of all files together; 0 when it is not known. */
  bytesTotal: number;
  /** The first damage; null when everything is sound. */
  damage: FlowError | null;
  /** Everything that was wrong, in order; of one file only the first. */
  damages: FlowError[];
}

/** Makes the batches of a format; the first one may be empty and carries the schema. What is wrong is thrown behind the last flow. */
export type BatchMaker = (input: ByteInput, run: RunState) => AsyncGenerator<FlowBatch, undefined>;

/**
 * The stage that reads flows back: gives {@link FlowBatch} objects, the first one empty, as an aggregator does. Made by `fromJson`, `fromCsv`, `fromArrow`,
 * `fromParquet` and `fromFile`. It reads as much as is asked for, works at most 5 ms before the event loop goes round, and holds a batch and a chunk of its input. Iterating it throws damage
 * after the last flow, unless a stage further on tells it.
 */
export class FlowReader extends Source<FlowBatch> {
  readonly #inputs: readonly ByteInput[];
  readonly #make: BatchMaker;
  /** The inputs that are not yet begun. */
  readonly #waiting: ByteInput[];
  #input: ByteInput | null = null;
  #batches: AsyncGenerator<FlowBatch, undefined> | null = null;
  readonly #damages: FlowError[] = [];
  readonly #abortAtDamage: boolean;
  #flows = 0;

  /** @internal */
  constructor(name: string, inputs: readonly ByteInput[], make: BatchMaker, { onDamage, signal }: ReadOptions) {
    super(name);
    this.#inputs = inputs;
    this.#waiting = [...inputs];
    this.#make = make;
    this.#abortAtDamage = onDamage === 'abort';
    const files = async (): Promise<readonly string[]> => (await Promise.all(inputs.map((input) => input.files()))).flat();
    this.run.inputs = files;
    readsFrom(this, files);
    this.abortWith(signal);
  }

  /** What was read so far; final after the end. */
  report(): ReadReport {
    const sum = (of: (input: ByteInput) => number): number => this.#inputs.reduce((total, input) => total + of(input), 0);
    const known = this.#inputs.every((input) => input.bytesTotal > 0);
    const bytesTotal = known ? sum((input) => input.bytesTotal) : 0;
    return { flows: this.#flows, bytesRead: sum((input) => input.bytesRead), bytesTotal, damage: this.run.damage, damages: [...this.#damages] };
  }

  protected override async close(): Promise<void> {
    await Promise.all(this.#inputs.map((input) => input.close()));
    await this.settled;
    await this.#batches?.return(undefined);
  }

  protected override async deliver(): Promise<void> {
    const batch = await this.#next();
    if (this.destroyed) return;
    this.#flows += batch?.length ?? 0;
    this.push(batch);
  }

  async #next(): Promise<FlowBatch | null> {
    if (this.#waiting.length === this.#inputs.length) await Promise.all(this.#inputs.map((input) => input.measure()));
    while (!this.destroyed) {
      if (this.#batches === null) {
        this.#input = this.#waiting.shift() ?? null;
        if (this.#input === null) return null;
        this.#batches = this.#make(this.#input, this.run);
      }
      const batch = await this.#batches.next().then(
        ({ value }) => value ?? null,
        (error: unknown) => this.#damaged(error),
      );
      if (batch !== null) return batch;
      await this.#input!.close();
      this.#batches = null;
    }
    return null;
  }

  /** Damage is delivered at the end, unless there is nothing good before it or the caller wants no more. */
  #damaged(error: unknown): null {
    if (!(error instanceof FlowError) || this.#flows === 0 || this.#abortAtDamage) throw error;
    this.#damages.push(error);
    noteDamage(this.run, error);
    return null;
  }
}
