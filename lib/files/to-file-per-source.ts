import { finished } from 'node:stream/promises';
import type { IntColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { checkPath } from '../arguments.js';
import { FlowError, invalidOption } from '../errors.js';
import { formatOf, formatIn } from '../encode/by-format.js';
import { checkOptions } from '../options.js';
import { LastStage } from '../stage/last-stage.js';
import { isPattern, outputFor, sameOutput } from './output-names.js';
import { FlowFileWriter, type FileOptions } from './to-file.js';

/** Outputs that may wait for the disk while the next one is written. */
const mostFinishing = 8;

/** What was written so far. */
export interface FilesReport {
  /** Outputs that were begun. */
  files: number;
  flows: number;
  bytes: number;
}

/** An output on its way. */
interface Output {
  readonly writer: FlowFileWriter;
  readonly source: FlowSource;
  /** Resolves when it has its name; rejects with what the writer fails with. */
  readonly done: Promise<void>;
}

/**
 * The last stage of a run in which every capture is a run of its own: takes {@link FlowBatch} and writes a file for each capture. Made by
 * {@link toFilePerSource}.
 */
export class FlowFilesWriter extends LastStage {
  readonly #pattern: string;
  readonly #options: Omit<FileOptions, 'signal'>;
  readonly #captureOf = new Map<string, string>();
  readonly #finishing = new Set<Output>();
  #output: Output | null = null;
  #report: FilesReport = { files: 0, flows: 0, bytes: 0 };

  /** @internal */
  constructor(pattern: string, options?: FileOptions) {
    checkPath('the path of toFilePerSource()', pattern);
    if (!isPattern(pattern)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the path of toFilePerSource()', 'a string with {name} or {file} in it', pattern);
    // What is wrong with the options is said at once, and not when the first capture comes.
    const format = formatOf(pattern, formatIn(options));
    const { signal } = checkOptions(format.options, options) as FileOptions;
    const { signal: _, ...rest } = options ?? {};
    new FlowFileWriter(outputFor(pattern, 'capture', rest.rotate !== undefined), { ...rest, format: format.name });
    super('toFilePerSource()');
    this.#pattern = pattern;
    this.#options = rest;
    this.abortWith(signal);
  }

  /** What was written so far; final after the end. */
  report(): FilesReport {
    return { ...this.#report };
  }

  /** As that of {@link toFile}, for the output under way. @throws {FlowError} as that one */
  async rotate(): Promise<void> {
    await this.#output?.writer.rotate();
  }

  /** @internal Whether rotate() is to be called. */
  get rotates(): boolean {
    return this.#options.rotate !== undefined || this.#options.partitionBy !== undefined;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const left = [...this.#finishing, ...(this.#output === null ? [] : [this.#output])];
    this.#output = null;
    for (const { writer } of left) writer.destroy();
    void Promise.allSettled(left.map(({ done }) => done)).then(() => callback(error));
  }

  protected override async take(chunk: unknown): Promise<void> {
    const source = chunk instanceof FlowBatch ? chunk.source : null;
    if (source === null) {
      throw new FlowError(
        'ERR_NFSTREAM_BATCH_TYPE',
        'toFilePerSource() takes FlowBatch objects that know their capture, as aggregate() gives them behind captureFile(paths, { perFile: true }).',
      );
    }
    const before = this.#output;
    const begins = before?.source.index !== source.index;
    if (begins) {
      if (before !== null) this.#finishing.add(before);
      this.#output = this.#begin(source);
    }
    const batch = fromZero(chunk as FlowBatch, source.firstId);
    const { writer } = this.#output!;
    await new Promise<void>((resolve, reject) => writer.write(batch, (error) => (error ? reject(writer.errored ?? error) : resolve())));
    this.runs.own(batch.schema.run);
    // Only now: the thread that writes Parquet would end with its last file.
    if (begins && before !== null) await this.#end(before);
  }

  #begin(source: FlowSource): Output {
    const path = outputFor(this.#pattern, source.file, this.#options.rotate !== undefined);
    const other = this.#captureOf.get(path);
    if (other !== undefined) throw sameOutput(path, other, source.file);
    this.#captureOf.set(path, source.file);
    this.#report.files++;
    const writer = new FlowFileWriter(path, this.#options);
    const done = finished(writer);
    done.catch(() => {}); // told where it is waited for
    return { writer, source, done };
  }

  /** Ends the output that is being written; it gets to the disk while the next one is written, and some more. */
  async #end(output: Output): Promise<void> {
    output.writer.end();
    if (this.#finishing.size >= mostFinishing) await this.#finishOldest();
  }

  async #finishOldest(): Promise<void> {
    const [output] = this.#finishing as Iterable<Output>;
    const { writer, done } = output!;
    try {
      await done;
    } finally {
      this.#finishing.delete(output!);
    }
    const { flows, bytes } = writer.report();
    this.#report.flows += flows;
    this.#report.bytes += bytes;
  }

  protected override async finish(): Promise<void> {
    const last = this.#output;
    if (last !== null) {
      this.#output = null;
      this.#finishing.add(last);
      await this.#end(last);
    }
    while (this.#finishing.size > 0) await this.#finishOldest();
  }
}

/** The batch with ids that count from 0 for its capture. */
function fromZero(batch: FlowBatch, firstId: number): FlowBatch {
  const index = batch.schema.indexOf('id');
  if (firstId === 0 || index < 0 || batch.columns[index]!.type !== 'int' || 'user' in batch.schema.fields[index]!) return batch;
  const ids = batch.columns[index] as IntColumn;
  const values = ids.values.map((id) => (id < 0n ? id : id - BigInt(firstId))); // those of a snapshot have none
  const columns = [...batch.columns];
  columns[index] = { ...ids, values, halves: new Int32Array(values.buffer) };
  return new FlowBatch(batch.schema, batch.length, columns, batch.source);
}

/**
 * Makes the last stage that writes a file for each capture of a source with `perFile`: `{file}` in the pattern stands for the capture's file
 * name, `{name}` for the same without `.pcap`, `.pcapng` or `.cap` and a `.gz` or `.zst` behind it (`stdin` for `-`). Each is written as {@link toFile} does. The
 * column `id` counts from 0 in each. A capture without packets has an output without flows; one that could not be read has none. When the
 * stage is destroyed, the outputs that have their names stay.
 * @param options those of {@link toFile}
 * @throws {FlowError} as {@link toFile}; while it runs, the stage is destroyed with what destroys {@link toFile}, or with
 * ERR_NFSTREAM_OUTPUT_NAMES when two captures have the same output
 */
export function toFilePerSource(pattern: string, options?: FileOptions): FlowFilesWriter {
  return new FlowFilesWriter(pattern, options);
}
