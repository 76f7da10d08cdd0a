import { addAbortSignal, Writable } from 'node:stream';
import { TakenRuns } from './run-state.js';
import { requireNotOver, singleUse } from './single-use.js';
import { whenDone } from './when-done.js';

/** What our last stages have in common: they take batches of flows, one at a time, once. */
export abstract class LastStage extends Writable {
  /** The runs of which it has taken batches. */
  protected readonly runs = new TakenRuns();
  readonly #name: string;

  /** @param name as a user writes it: `toFile()` */
  protected constructor(name: string) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#name = name;
    singleUse(this, name, () => this.begin());
  }

  /** Called when the stage is put behind its source, which is not before every stage was made: nothing is to be opened earlier. */
  protected begin(): void {}

  /** Takes a chunk. */
  protected abstract take(chunk: unknown): Promise<void>;

  /** Does what is left when the input has ended. */
  protected abstract finish(): Promise<void>;

  /** Ends a constructor: a signal that is aborted already destroys the stage at once, which needs all of it to exist. */
  protected abortWith(signal: AbortSignal | undefined): void {
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  override write(
    chunk: unknown,
    encoding?: BufferEncoding | ((error: Error | null | undefined) => void),
    callback?: (error: Error | null | undefined) => void,
  ): boolean {
    requireNotOver(this, this.#name);
    return super.write(chunk, encoding as BufferEncoding, callback);
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    whenDone(this, this.take(chunk), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    whenDone(this, this.#end(), callback);
  }

  /** Damage fails the stage when everything is whole. */
  async #end(): Promise<void> {
    await this.finish();
    const damage = this.destroyed ? null : this.runs.tell();
    if (damage !== null) throw damage;
  }
}
