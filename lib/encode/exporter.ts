import { Stage } from '../stage/stage.js';
import { BatchGuard } from '../flows/batch-guard.js';
import { strideEnd, type Encoded, type Encoder } from './encoder.js';
import { Turn } from '../stage/turn.js';

/**
 * The stage from flows to the bytes of a file: takes {@link FlowBatch}, gives bytes. It encodes no more than its reader has room for, and at most 5 ms before
 * the event loop goes round. When the source was damaged the bytes are complete all the same; then iterating the stage throws the damage after
 * the last byte, and behind a pipe a process warning with the damage's message and code tells it. The error of a plugin fails the stage, once all bytes are read.
 */
export class Exporter extends Stage<Buffer> {
  readonly #encoder: Encoder;
  readonly #guard: BatchGuard;
  readonly #turn = new Turn();
  #begun = false;

  /** @internal Made by `toCsv`, `toJson`, `toArrow` and `toParquet`. */
  constructor(name: string, encoder: Encoder, signal?: AbortSignal) {
    super(name, { writableObjectMode: true, writableHighWaterMark: 1, readableHighWaterMark: 256 << 10 });
    this.#encoder = encoder;
    this.#guard = new BatchGuard(name, this.runs);
    this.abortWith(signal);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const destroy = (): void => super._destroy(error, callback);
    if (this.#encoder.close === undefined) destroy();
    else this.#encoder.close().then(destroy, (cause: Error) => super._destroy(error ?? cause, callback));
  }

  protected override async accept(chunk: unknown): Promise<void> {
    const batch = this.#guard.accept(chunk);
    await this.#begin();
    for (let row = 0; row < batch.length && !this.destroyed;) {
      const end = strideEnd(this.#encoder, batch, row);
      await this.#give(await this.#encoder.encode(batch, row, end));
      row = end;
    }
  }

  protected override async finish(): Promise<void> {
    await this.#begin();
    await this.#give(await this.#encoder.finish());
  }

  /** Gives what stands before the first flow, once. */
  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#give(this.#encoder.start(this.#guard.schema));
  }

  /** Gives bytes to the reader, and waits for its room and for the event loop's turn. */
  async #give(encoded: Encoded): Promise<void> {
    for (const bytes of encoded instanceof Uint8Array ? [encoded] : encoded) if (bytes.length > 0) await this.give(bytes);
    if (this.#turn.over()) await this.#turn.next();
  }
}
