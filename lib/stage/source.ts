import { addAbortSignal, Readable } from 'node:stream';
import { Outlet } from './outlet.js';
import { TakenRuns } from './run-state.js';
import type { RunState } from './run-state.js';
import { pipelineListeners } from './single-use.js';

/** What our sources have in common: they give batches of one run, once. */
export abstract class Source<Given> extends Readable {
  /** The run that it begins. */
  protected readonly run: RunState = { damage: null };
  readonly #outlet: Outlet;
  #work: Promise<void> = Promise.resolve();

  /** @param name as a user writes it: `captureFile()` */
  protected constructor(name: string) {
    super({ objectMode: true, highWaterMark: 2 });
    this.setMaxListeners(2 * pipelineListeners);
    const runs = new TakenRuns();
    runs.take(this.run);
    this.#outlet = new Outlet(this, name, runs);
  }

  /** Gives the next batch with `push`, or the end. */
  protected abstract deliver(): Promise<void>;

  /** Frees what is open. */
  protected abstract close(): Promise<void>;

  /** Resolves when the work under way is done. */
  protected get settled(): Promise<void> {
    return this.#work;
  }

  /** Ends a constructor: a signal that is aborted already destroys the source at once, which needs all of it to exist. */
  protected abortWith(signal: AbortSignal | undefined): void {
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const reason = error ?? this.#outlet.unfinished;
    this.close().then(
      () => callback(reason),
      (cause: unknown) => callback(reason ?? (cause as Error)),
    );
  }

  override _read(): void {
    this.#work = this.deliver().catch((error: unknown) => {
      this.destroy(error as Error);
    });
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    return this.#outlet.pipes(destination) ? super.pipe(destination, options) : destination;
  }

  /** The batches; damage that no stage further on tells is thrown after the last one. */
  override [Symbol.asyncIterator](): AsyncGenerator<Given, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override [Symbol.asyncIterator](): AsyncGenerator<Given, undefined> {
    return this.#outlet.iterate(() => ({ [Symbol.asyncIterator]: () => super[Symbol.asyncIterator]() as AsyncIterator<Given> }));
  }
}
