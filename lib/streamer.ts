import type { Table } from 'apache-arrow';
import { pipeline } from 'node:stream';
import { pipeline as pipelineDone } from 'node:stream/promises';
import { extname } from 'node:path';
import { aggregate, type AggregateOptions, type FlowAggregator } from './aggregate/aggregate.js';
import type { FlowRow } from './aggregate/flow.js';
import { checkFileOptions } from './capture/capture-options.js';
import { captureFile, findCaptures, type CaptureFileOptions, type PacketSource } from './capture/index.js';
import { FlowError, invalidOption } from './errors.js';
import type { ArrowOptions } from './export/arrow.js';
import type { CsvOptions } from './export/csv.js';
import { flows } from './export/flows.js';
import { tableOf } from './export/arrow-table.js';
import type { FormatName } from './export/formats.js';
import type { JsonOptions } from './export/json.js';
import { isPattern, outputsFor } from './export/output-names.js';
import type { ParquetOptions } from './export/parquet.js';
import { toFile, type FileOptions } from './export/to-file.js';
import { toFilePerSource } from './export/to-file-per-source.js';
import { withProgress, type Progress, type ProgressOptions } from './progress.js';
import { checkOptions, options as optionTable, type Option, type Stage } from './options.js';

/** Options of {@link Streamer}: where packets come from, and every option of {@link captureFile} and {@link aggregate}. */
export interface StreamerOptions extends CaptureFileOptions, AggregateOptions {
  /**
   * Path of a capture, of a directory of captures, or paths of several; `-` is standard input. Several are read one after another as one
   * timeline, or as `merge` and `perFile` say.
   */
  source: string | readonly string[];
  /** Aborts every run of this Streamer; what was not finished is discarded. */
  signal?: AbortSignal;
}

/** What every `to...()` method takes besides the options of its format. */
export interface OutputOptions {
  /** Replaces an output that exists, when the new one is whole; false refuses. Default true. */
  clobber?: boolean;
}

/**
 * Flows of captures in two lines: `for await (const flow of new Streamer({ source: 'office.pcap' })) console.log(flow)`.
 *
 * It is a recipe, not a stream: each iteration and each `to...()` call opens the source anew and makes stages of its own, so one Streamer
 * can be used any number of times, also at the same time.
 */
export class Streamer implements AsyncIterable<FlowRow> {
  readonly #source: readonly string[];
  readonly #options: Readonly<Record<string, unknown>>;

  /** @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE */
  constructor(options: StreamerOptions) {
    const { source, ...checked } = checkOptions(['capture', 'files', 'aggregate'], options, ['source']);
    this.#source = checkSource(source);
    checkFileOptions(optionsOf(['capture', 'files'], checked));
    this.#options = checked;
  }

  /**
   * The flows, one at a time, in the order in which they end. Leaving the loop early closes the source. Damage in a capture is thrown after
   * the last flow.
   */
  [Symbol.asyncIterator](): AsyncGenerator<FlowRow, undefined> {
    return this.#flows();
  }

  async *#flows(): AsyncGenerator<FlowRow, undefined> {
    const [source, flowsOfSource] = this.#stages();
    // The iteration below throws what fails here: a failed source destroys the stage that is iterated.
    const joined = pipeline(source, flowsOfSource, () => {});
    return yield* flows(joined);
  }

  /**
   * Writes CSV.
   * @returns the number of flows
   * @throws {FlowError} as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toCsv(path: string, options: CsvOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.toFile(path, { ...options, format: 'csv' });
  }

  /**
   * Writes JSON: an array when the name ends with `.json`, one object a line otherwise; `format` overrides.
   * @returns the number of flows
   * @throws {FlowError} as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toJson(path: string, options: JsonOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.#write(path, 'json', options, (given) => ((given ?? (nameEnds(path, '.json') ? 'array' : 'lines')) === 'array' ? 'json' : 'jsonl'));
  }

  /**
   * Writes Arrow IPC: the file format when the name ends with `.arrow`, the stream format otherwise; `format` overrides.
   * @returns the number of flows
   * @throws {FlowError} as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toArrow(path: string, options: ArrowOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.#write(path, 'arrow', options, (given) => ((given ?? (nameEnds(path, '.arrow') ? 'file' : 'stream')) === 'file' ? 'arrow' : 'arrows'));
  }

  /**
   * Writes Parquet.
   * @returns the number of flows
   * @throws {FlowError} as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  toParquet(path: string, options: ParquetOptions & OutputOptions & ProgressOptions = {}): Promise<number> {
    return this.toFile(path, { ...options, format: 'parquet' });
  }

  /**
   * Writes a file whose format its name tells (`.csv`, `.json`, `.jsonl`, `.arrow`, `.arrows`, `.parquet`), or the option `format`. With `perFile` the path
   * may hold `{name}` or `{file}`: then every capture has an output of its own, as {@link toFilePerSource} writes it (so with every `to...()`).
   * @returns the number of flows
   * @throws {FlowError} as {@link toFile} and the stages before it; for damage in a capture after the file is whole
   */
  async toFile(path: string, { onProgress, ...options }: FileOptions & ProgressOptions = {}): Promise<number> {
    const perSource = isPattern(path);
    const writer = perSource ? toFilePerSource(path, options) : toFile(path, options);
    if (perSource) await this.#checkOutputs(path);
    const [source, flowsOfSource] = this.#stages();
    const position = (): Progress => {
      const { packets, bytesRead, bytesTotal } = source.report();
      return { flows: writer.report().flows, packets, bytesRead, bytesTotal };
    };
    await withProgress(onProgress, position, (signal) => pipelineDone(source, flowsOfSource, writer, { signal }));
    return writer.report().flows;
  }

  /** Nothing is written before every capture has an output of its own. */
  async #checkOutputs(pattern: string): Promise<void> {
    if (this.#options['perFile'] !== true) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The output ${pattern} is named by each capture; give perFile: true.`);
    const captures = await findCaptures(this.#source);
    outputsFor(pattern, captures.map((capture) => capture.path));
  }

  /** Writes a format of two kinds, whose own option `format` says which. */
  async #write(path: string, stage: Stage, given: (JsonOptions | ArrowOptions) & OutputOptions & ProgressOptions, kind: (format: unknown) => FormatName): Promise<number> {
    const { format, ...options } = given;
    checkOptions([stage], { format });
    return this.toFile(path, { ...options, format: kind(format) });
  }

  /**
   * All flows as a table of apache-arrow, in memory. Damage in a capture is told by a process warning, as the flows in front of it are in the table.
   * @throws {FlowError} as the stages before it
   */
  async toTable(): Promise<Table> {
    const [source, flowsOfSource] = this.#stages();
    return tableOf(pipeline(source, flowsOfSource, () => {}));
  }

  #stages(): [source: PacketSource, flows: FlowAggregator] {
    (this.#options['signal'] as AbortSignal | undefined)?.throwIfAborted();
    return [captureFile([...this.#source], optionsOf(['capture', 'files'], this.#options)), aggregate(optionsOf(['aggregate'], this.#options))];
  }
}

function optionsOf(stages: readonly Stage[], given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = (optionTable as readonly Option[]).filter((row) => stages.includes(row.stage)).map((row): string => row.name);
  return Object.fromEntries([...names, 'signal'].filter((name) => name in given).map((name) => [name, given[name]]));
}

function checkSource(source: unknown): readonly string[] {
  const paths = typeof source === 'string' ? [source] : source;
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((path) => typeof path === 'string' && path !== '')) {
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'source', 'the path of a capture, or an array of at least one', source);
  }
  return [...(paths as string[])];
}

function nameEnds(path: unknown, extension: string): boolean {
  return typeof path === 'string' && extname(path).toLowerCase() === extension;
}
