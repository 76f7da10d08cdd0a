import { Transform, type TransformCallback } from 'node:stream';

/**
 * What our transforming stages have in common: their work is asynchronous, and it stops where the reader has no room. A Transform of
 * Node runs on through a whole chunk, and through its whole flush, and buffers what comes of it.
 */
export abstract class Stage extends Transform {
  #resume: (() => void) | null = null;
  #drained: (() => void) | null = null;

  /** Does the work for one chunk. */
  protected abstract accept(chunk: unknown): Promise<void>;

  /** Does what is left when the input has ended. */
  protected abstract finish(): Promise<void>;

  /** Gives a chunk downstream, and waits until there is room for another, or until the stage is destroyed. */
  protected async give(chunk: unknown): Promise<void> {
    if (this.destroyed || this.push(chunk)) return;
    await new Promise<void>((resolve) => (this.#resume = resolve));
  }

  /** Resolves when everything that was given has been read, or when the stage is destroyed. */
  protected async drained(): Promise<void> {
    if (this.destroyed || this.readableLength === 0) return;
    await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  override read(size?: number): any {
    const chunk: unknown = super.read(size);
    if (this.#drained !== null && this.readableLength === 0) this.#emptied();
    return chunk;
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.accept(chunk).then(() => callback(), callback);
  }

  override _flush(callback: TransformCallback): void {
    this.finish().then(() => callback(), callback);
  }

  override _read(size: number): void {
    if (!this.#goOn()) super._read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#goOn();
    this.#emptied();
    callback(error);
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
