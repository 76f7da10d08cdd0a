import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import type { Inputs } from '../stage/inputs.js';
import { joinBytes, strideEnd, type Encoder } from '../encode/encoder.js';
import { openSink } from './sink/open-sink.js';
import { outputError } from './output-error.js';
import type { Sink } from './sink/sink.js';
import { refuseInputs } from './output-check.js';
import type { Turn } from '../stage/turn.js';

/** What all files of one writer have in common. */
export interface FileMaking {
  /** Makes the encoder of one file. */
  encoder(): Encoder;
  readonly clobber: boolean;
  /** Aborted when the output is not wanted any more. */
  readonly cancelled: AbortSignal;
  readonly turn: Turn;
  /** The files that are read, none of which may be written; absent where nothing is known of them. */
  inputs?: Inputs;
}

/** What was written of a file. */
export interface WrittenFile {
  path: string;
  flows: number;
  bytes: number;
}

/**
 * One file that is being written: rows go through its encoder to its sink, and the next piece is encoded while one is written. Its functions reject with
 * a FlowError that names the file; after a cancellation they do nothing more.
 */
export class OutputFile implements WrittenFile {
  readonly path: string;
  flows = 0;
  bytes = 0;
  /** Rows that the encoder gathers and has given no bytes for. */
  waiting = 0;
  readonly #encoder: Encoder;
  readonly #making: FileMaking;
  readonly #sink: Sink;
  #begun = false;
  /** The write under way. */
  #writing: Promise<void> = Promise.resolve();
  /** The way of the whole file to its name. */
  #committing: Promise<boolean> = Promise.resolve(false);

  private constructor(path: string, making: FileMaking, sink: Sink) {
    this.path = path;
    this.#encoder = making.encoder();
    this.#making = making;
    this.#sink = sink;
  }

  static async open(path: string, making: FileMaking): Promise<OutputFile> {
    if (making.inputs !== undefined) await refuseInputs([path], making.inputs);
    return new OutputFile(path, making, await named(path, openSink(path, making.clobber, making.cancelled)));
  }

  /** Rows that one call of the encoder takes at most. */
  get stride(): number {
    return this.#encoder.stride;
  }

  /** Writes rows `from` to `to` (exclusive). */
  async write(batch: FlowBatch, from: number, to: number): Promise<void> {
    await this.#begin(batch.schema);
    for (let row = from; row < to && !this.#making.cancelled.aborted;) {
      const end = Math.min(to, strideEnd(this.#encoder, batch, row));
      const bytes = joinBytes(await this.#encoder.encode(batch, row, end));
      this.waiting = bytes.length > 0 ? 0 : this.waiting + end - row;
      await this.#give(bytes);
      this.flows += end - row;
      row = end;
    }
  }

  /**
   * Makes the file whole, gives it its name, and closes it. A file without rows has what `schema` gives.
   * @returns whether it has its name: not after a cancellation
   */
  async commit(schema: Schema): Promise<boolean> {
    const { cancelled } = this.#making;
    await this.#begin(schema);
    if (cancelled.aborted) return false;
    await this.#give(joinBytes(await this.#encoder.finish()));
    await this.#encoder.close?.();
    await named(this.path, this.#writing);
    if (cancelled.aborted) return false;
    this.#committing = named(this.path, this.#sink.commit()).then(() => true);
    return this.#committing;
  }

  /** Gives up: leaves nothing behind. A file that is being given its name gets it. */
  async abort(): Promise<void> {
    if (await this.#committing.catch(() => false)) return; // commit() tells why not
    await this.#encoder.close?.();
    await named(this.path, this.#sink.abort());
  }

  async #begin(schema: Schema): Promise<void> {
    if (this.#begun || this.#making.cancelled.aborted) return; // one that was given up shall not begin, as nobody would close it
    this.#begun = true;
    await this.#give(this.#encoder.start(schema));
  }

  async #give(bytes: Uint8Array): Promise<void> {
    const { cancelled, turn } = this.#making;
    if (bytes.length > 0) {
      await named(this.path, this.#writing);
      if (cancelled.aborted) return;
      this.#writing = this.#sink.write(bytes);
      this.#writing.catch(() => {}); // told by the next await of it; without one the file is being given up
      this.bytes += bytes.length;
    }
    if (turn.over()) await turn.next();
  }
}

/** What fails is told with the file's name. */
async function named<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw outputError(path, cause);
  }
}
