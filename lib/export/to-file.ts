import { addAbortSignal, Writable } from 'node:stream';
import { invalidOption, type FlowError } from '../errors.js';
import { checkOptions } from '../options.js';
import { singleUse } from '../single-use.js';
import { BatchGuard } from './batch-guard.js';
import { joinBytes, strideEnd, type Encoded, type Encoder } from './encoder.js';
import { formatOf, type Format, type FormatName, type FormatOptions } from './formats.js';
import { outputError } from './output-error.js';
import { openSink, type Sink } from './sink.js';
import { Turn } from './turn.js';

/** Options of {@link toFile}: its own, and those of the file's format. */
export interface FileOptions extends FormatOptions {
  /** Writes this format, whatever the name ends with. Default: by the name. */
  format?: FormatName;
  /** Replaces an output that exists, when the new one is whole; false refuses, at the start and again at the end. Default true. */
  clobber?: boolean;
  /** Destroys the stage when it is aborted, which leaves an output that existed as it was. */
  signal?: AbortSignal;
}

/** What was written so far. */
export interface FileReport {
  /** The path as it was given. */
  path: string;
  format: FormatName;
  flows: number;
  bytes: number;
}

/**
 * The last stage: takes {@link FlowBatch} and writes a file. Made by {@link toFile}.
 */
export class FlowFileWriter extends Writable {
  readonly #path: string;
  readonly #format: Format;
  readonly #clobber: boolean;
  readonly #encoder: Encoder;
  readonly #guard: BatchGuard;
  readonly #turn = new Turn();
  readonly #cancel = new AbortController();
  #sink: Sink | null = null;
  /** The write under way; the next piece is encoded meanwhile. */
  #writing: Promise<void> = Promise.resolve();
  #flows = 0;
  #bytes = 0;

  /** @internal */
  constructor(path: string, options?: FileOptions) {
    if (typeof path !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the path of toFile()', 'a string', path);
    const format = formatOf(path, options?.format);
    const checked = checkOptions(format.stages, options) as FileOptions;
    const encoder = format.encoder(checked);
    super({ objectMode: true, highWaterMark: 1 });
    this.#path = path;
    this.#format = format;
    this.#clobber = checked.clobber !== false;
    this.#encoder = encoder;
    this.#guard = new BatchGuard('toFile()', encoder);
    singleUse(this, 'toFile()');
    if (checked.signal) addAbortSignal(checked.signal, this); // not through super(): one that is aborted already destroys at once
  }

  /** What was written so far; final after the end. */
  report(): FileReport {
    return { path: this.#path, format: this.#format.name, flows: this.#flows, bytes: this.#bytes };
  }

  /** @internal Damage of the source, with which the stage fails once its file is whole. */
  get damage(): FlowError | null {
    return this.#guard.damage;
  }

  override _construct(callback: (error?: Error | null) => void): void {
    // A stage that was destroyed meanwhile has its reason already.
    this.#open().then(() => callback(), (error: Error) => callback(this.destroyed ? null : error));
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#encode(chunk).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#finish().then(() => callback(this.#guard.damage), callback);
  }

  override destroy(error?: Error): this {
    this.#cancel.abort(); // at once: _destroy comes only after _construct, which may wait for a FIFO's reader
    return super.destroy(error);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#abandon().then(() => callback(error), (cause: unknown) => callback(error ?? outputError(this.#path, cause)));
  }

  async #abandon(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    await this.#encoder.close?.();
    await sink?.abort();
  }

  async #open(): Promise<void> {
    try {
      this.#sink = await openSink(this.#path, this.#clobber, this.#cancel.signal);
    } catch (cause) {
      throw outputError(this.#path, cause);
    }
  }

  async #encode(chunk: unknown): Promise<void> {
    const { batch, start } = this.#guard.accept(chunk);
    if (start !== null) await this.#give(start);
    for (let row = 0; row < batch.length && !this.destroyed; ) {
      const end = strideEnd(this.#encoder, batch, row);
      await this.#give(await this.#encoder.encode(batch, row, end));
      this.#flows += end - row;
      row = end;
    }
  }

  async #finish(): Promise<void> {
    const start = this.#guard.startWithoutBatch();
    if (start !== null) await this.#give(start);
    await this.#give(await this.#encoder.finish());
    try {
      await this.#writing;
      await this.#sink?.commit();
      this.#sink = null;
    } catch (cause) {
      throw outputError(this.#path, cause);
    }
  }

  async #give(encoded: Encoded): Promise<void> {
    const bytes = joinBytes(encoded);
    if (bytes.length > 0) {
      try {
        await this.#writing;
      } catch (cause) {
        throw outputError(this.#path, cause);
      }
      if (this.#sink === null) return; // destroyed meanwhile
      this.#writing = this.#sink.write(bytes);
      this.#writing.catch(() => {}); // told by the next await of it; without one the stage is being destroyed
      this.#bytes += bytes.length;
    }
    if (this.#turn.over()) await this.#turn.next();
  }
}

/**
 * Makes the last stage that writes flows to a file: CSV, JSON, JSON Lines, Arrow or Parquet, by the name's ending (`.csv`, `.json`, `.jsonl`, `.ndjson`,
 * `.arrow`, `.arrows`, `.parquet`) or the option `format`. It writes `.<name>.<process id>-<number>.part` beside the file, and renames it when it is whole and on
 * the disk; when the stage fails or is destroyed the part is removed and an output that existed stays as it was. Symbolic links are followed, a
 * replaced file's mode is kept, and what is not a regular file (a FIFO, `/dev/stdout`) is written in place. Damage in the capture fails the
 * stage after the file is whole and has its name.
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT_FORMAT, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs,
 * the stage is destroyed with ERR_NFSTREAM_OUTPUT, ERR_NFSTREAM_OUTPUT_EXISTS, ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, ERR_NFSTREAM_COLUMN,
 * ERR_NFSTREAM_ENCODE, or the damage's code
 */
export function toFile(path: string, options?: FileOptions): FlowFileWriter {
  return new FlowFileWriter(path, options);
}
