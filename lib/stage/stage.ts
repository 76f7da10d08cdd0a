import { addAbortSignal, Transform, type TransformCallback, type TransformOptions } from 'node:stream';
import { Outlet } from './outlet.js';
import { TakenRuns } from './run-state.js';
import { requireNotOver, singleUse } from './single-use.js';
import { whenDone } from './when-done.js';

/**
 * What our transforming stages have in common: their work is asynchronous, and it stops where the reader has no room. A Transform of
 * Node runs on through a whole chunk, and through its whole flush, and buffers what comes of it. They are single-use, and iterating one throws the damage of
 * its run after the last chunk, unless a stage of ours further on tells it.
 */
export abstract class Stage<Given> extends Transform {
  /** The runs of which it has taken, or made, batches. */
  protected readonly runs = new TakenRuns();
  readonly #name: string;
  readonly #outlet: Outlet;
  #resume: (() => void) | null = null;
  #drained: (() => void) | null = null;

  /** @param name as a user writes it: `aggregate()` */
  protected constructor(name: string, options: TransformOptions) {
    super(options);
    this.#name = name;
    this.#outlet = new Outlet(this, name, this.runs);
    singleUse(this, name);
  }

  /** Does the work for one chunk. */
  protected abstract accept(chunk: unknown): Promise<void>;

  /** Does what is left when the input has ended. */
  protected abstract finish(): Promise<void>;

  /** Ends a constructor: a signal that is aborted already destroys the stage at once, which needs all of it to exist. */
  protected abortWith(signal: AbortSignal | undefined): void {
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  /** Gives a chunk downstream, and waits until there is room for another, or until the stage is destroyed. */
  protected async give(chunk: unknown): Promise<void> {
    if (this.destroyed || this.push(chunk)) return;
    await new Promise<void>((resolve) => (this.#resume = resolve));
  }

  override read(size?: number): any {
    const chunk: unknown = super.read(size);
    if (this.#drained !== null && this.readableLength === 0) this.#emptied();
    return chunk;
  }

  /** Fails with the error of a plugin, once everything that was given has been read, where no stage further on tells it: a run ends with it whatever reads the stage. */
  protected async failRun(): Promise<void> {
    if (!this.runs.owesFailure) return;
    await this.#allRead();
    if (!this.destroyed && this.runs.owesFailure) throw this.runs.tell()!;
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    return this.#outlet.pipes(destination) ? super.pipe(destination, options) : destination;
  }

  /** The chunks; damage that no stage further on tells is thrown after the last one. */
  override [Symbol.asyncIterator](): AsyncGenerator<Given, undefined>;
  // Where Node's types take a stream, its chunks must be text or bytes.
  override [Symbol.asyncIterator](): AsyncGenerator<any, undefined>;
  override [Symbol.asyncIterator](): AsyncGenerator<Given, undefined> {
    return this.#outlet.iterate(() => ({ [Symbol.asyncIterator]: () => super[Symbol.asyncIterator]() as AsyncIterator<Given> }));
  }

  override write(
    chunk: unknown,
    encoding?: BufferEncoding | ((error: Error | null | undefined) => void),
    callback?: (error: Error | null | undefined) => void,
  ): boolean {
    requireNotOver(this, this.#name);
    return super.write(chunk, encoding as BufferEncoding, callback);
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    whenDone(this, this.accept(chunk), callback);
  }

  override _flush(callback: TransformCallback): void {
    whenDone(
      this,
      this.finish().then(() => this.failRun()),
      callback,
    );
  }

  override _read(size: number): void {
    if (!this.#goOn()) super._read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#goOn();
    this.#emptied();
    callback(error ?? this.#outlet.unfinished);
  }

  /** Resolves when everything that was given has been read, or when the stage is destroyed. */
  async #allRead(): Promise<void> {
    if (this.destroyed || this.readableLength === 0) return;
    await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  #emptied(): void {
    this.#drained?.();
    this.#drained = null;
  }

  #goOn(): boolean {
    const resume = this.#resume;
    this.#resume = null;
    resume?.();
    return resume !== null;
  }
}
