import { addAbortSignal, Readable } from 'node:stream';
import type { FlowBatch } from '../flows/flow-batch.js';
import { FlowError } from '../errors.js';
import type { RunState } from '../schema/schema.js';
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
 * `fromParquet` and `fromFile`. It reads as much as is asked for, works at most 5 ms before the event loop goes round, and holds a batch and a chunk of its input. Iterating it raises damage
 * after the last flow.
 */
export class FlowReader extends Readable {
  readonly #inputs: readonly ByteInput[];
  readonly #run: RunState = { damage: null };
  readonly #make: BatchMaker;
  /** The inputs that are not yet begun. */
  readonly #waiting: ByteInput[];
  #input: ByteInput | null = null;
  #batches: AsyncGenerator<FlowBatch, undefined> | null = null;
  readonly #damages: FlowError[] = [];
  readonly #abortAtDamage: boolean;
  readonly #name: string;
  #work: Promise<void> = Promise.resolve();
  #flows = 0;
  #used = false;

  /** @internal */
  constructor(name: string, inputs: readonly ByteInput[], make: BatchMaker, { onDamage, signal }: ReadOptions) {
    super({ objectMode: true, highWaterMark: 2 });
    this.#name = name;
    this.#inputs = inputs;
    this.#waiting = [...inputs];
    this.#make = make;
    this.#abortAtDamage = onDamage === 'abort';
    // Not by the constructor of Readable: a signal that is aborted already would destroy what is not yet made.
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  /** What was read so far; final after the end. */
  report(): ReadReport {
    const sum = (of: (input: ByteInput) => number): number => this.#inputs.reduce((total, input) => total + of(input), 0);
    const known = this.#inputs.every((input) => input.bytesTotal > 0);
    const bytesTotal = known ? sum((input) => input.bytesTotal) : 0;
    return { flows: this.#flows, bytesRead: sum((input) => input.bytesRead), bytesTotal, damage: this.#run.damage, damages: [...this.#damages] };
  }

  override _read(): void {
    this.#work = this.#deliver().catch((error: unknown) => {
      this.destroy(error as Error);
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const close = async (): Promise<void> => {
      await Promise.all(this.#inputs.map((input) => input.close()));
      await this.#work;
      await this.#batches?.return(undefined);
    };
    close().then(() => callback(error), (cause: unknown) => callback(error ?? (cause as Error)));
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    this.#requireUnused();
    return super.pipe(destination, options);
  }

  /** The batches; damage is thrown after the last one. */
  override [Symbol.asyncIterator](): AsyncGenerator<FlowBatch, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override [Symbol.asyncIterator](): AsyncGenerator<FlowBatch, undefined> {
    this.#requireUnused();
    return this.#iterate(super[Symbol.asyncIterator]() as AsyncIterable<FlowBatch>);
  }

  async *#iterate(batches: AsyncIterable<FlowBatch>): AsyncGenerator<FlowBatch, undefined> {
    yield* batches;
    if (this.#run.damage !== null) throw this.#run.damage;
    return undefined;
  }

  #requireUnused(): void {
    if (this.#used) throw new FlowError('ERR_NFSTREAM_STAGE_REUSED', `This reader was used already; stages are single-use, so call ${this.#name} again for each run.`);
    this.#used = true;
  }

  /** Gives the next batch, or the end. */
  async #deliver(): Promise<void> {
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
        this.#batches = this.#make(this.#input, this.#run);
      }
      const batch = await this.#batches.next().then(({ value }) => value ?? null, (error: unknown) => this.#damaged(error));
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
    this.#run.damage ??= error;
    return null;
  }
}
