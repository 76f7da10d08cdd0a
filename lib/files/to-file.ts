import type { Format, FormatName } from '../formats.js';
import { checkPath } from '../arguments.js';
import { FlowError, shownPath } from '../errors.js';
import { checkOptions } from '../options.js';
import type { Encoder } from '../encode/encoder.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import type { Inputs } from '../stage/inputs.js';
import { FileLedger } from './file-ledger.js';
import { FileStage } from './file-stage.js';
import { encoderOf, formatIn, formatOf, type FormatOptions } from '../encode/by-format.js';
import type { Layout } from './layout.js';
import { NamePattern } from './name-pattern.js';
import type { FileMaking, WrittenFile } from './output-file.js';
import { PartitionedFiles } from './partitioned-files.js';
import { RotatingFiles } from './rotating-files.js';
import { checkVaries, limitsOf, noLimits, type RotateOptions } from './rotation.js';
import { SingleFile } from './single-file.js';
import { Turn } from '../stage/turn.js';

/** Options of {@link toFile}: its own, and those of the file's format. */
export interface FileOptions extends FormatOptions {
  /** Writes this format, whatever the name ends with. Default: by the name. */
  format?: FormatName;
  /** Replaces an output that exists, when the new one is whole; false refuses, at the start and again at the end. Default true. */
  clobber?: boolean;
  /**
   * Writes files one after the other; the path is a pattern of their names, `flows-%Y%m%d-%H%M%S-{n}.csv`: `%Y %m %d %H %M %S %j %s` are a time in UTC as in
   * strftime, `%%` is a percent sign, `%{` a brace, `{n}` the file's number from 0, `{n:4}` the same with four digits. Each is whole when it has its name. Where files cover
   * `seconds` the time is the start of what they cover, otherwise that of their first flow.
   */
  rotate?: RotateOptions;
  /**
   * Writes a Hive directory tree: the path is a folder, and a flow goes to `application_name=TLS.Google/part-0.csv` in it. Names of text and integer columns,
   * which the files then leave out, and `hour` or `day`, of the flow's last packet in UTC (of the wall clock when live): `hour=2024-05-01T13`. Null
   * and '' are `__HIVE_DEFAULT_PARTITION__`. With `rotate`, limits are for each folder's files and `keep` is for all.
   */
  partitionBy?: string | readonly string[];
  /** Most folders whose file is open at once, 1 to 65,536; at the limit the one that had no flow for longest is closed. Default 256. */
  maxOpenPartitions?: number;
  /** Destroys the stage when it is aborted, which leaves an output that existed as it was. */
  signal?: AbortSignal;
}

/** What was written so far. */
export interface FileReport {
  /** The path as it was given. */
  path: string;
  format: FormatName;
  /** Sums over all files, deleted ones included. */
  flows: number;
  bytes: number;
  /** With `rotate` or `partitionBy`: the files that are whole, in the order in which they were finished, without those that `keep` deleted. */
  files?: WrittenFile[];
}

/** The longest time that a timer of Node takes, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The last stage: takes {@link FlowBatch} and writes files. Made by {@link toFile}.
 */
export class FlowFileWriter extends FileStage {
  readonly #format: Format;
  readonly #layout: Layout;
  readonly #making: FileMaking;
  /** The work under way: files are closed by batches and by the clock, one at a time. */
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** @internal */
  constructor(path: string, options?: FileOptions) {
    checkPath('the path of toFile()', path);
    const format = formatOf(path, formatIn(options));
    const checked = checkOptions(format.options, options) as FileOptions;
    let first: Encoder | null = encoderOf(format, checked); // tells what is wrong with its options before there is a file
    const encoder = (): Encoder => {
      const next = first ?? encoderOf(format, checked);
      first = null;
      return next;
    };
    const cancel = new AbortController();
    const making: FileMaking = { encoder, clobber: checked.clobber!, cancelled: cancel.signal, turn: new Turn() };
    const layout = layoutOf(path, format, checked, making);
    super('toFile()', path, layout, cancel);
    this.#format = format;
    this.#layout = layout;
    this.#making = making;
    this.abortWith(checked.signal);
  }

  /** What was written so far; final after the end. */
  report(): FileReport {
    const { flows, bytes, files } = this.#layout;
    return { path: this.path, format: this.#format.name, flows, bytes, ...(files !== null && { files }) };
  }

  /**
   * Closes the files under way, which get their names; the next flow begins another one. Only with `rotate` or `partitionBy`. Where the pattern gives the same name again, as one by the
   * minute does twice in a minute, the next one has a number before its ending: `flows-1200.csv`, `flows-1200-1.csv`.
   * @returns when they are whole and have their names; at once when none is open
   * @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE for a stage that writes one file, and what destroys the stage
   */
  async rotate(): Promise<void> {
    if (!this.#layout.rotates)
      throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `rotate() needs the option rotate or partitionBy; ${shownPath(this.path)} is one file.`);
    try {
      await this.#inTurn(async () => {
        if (!this.destroyed) await this.#layout.rotate();
      });
    } catch (error) {
      this.destroy(error as Error);
      throw error;
    }
  }

  /** @internal Whether rotate() is to be called. */
  get rotates(): boolean {
    return this.#layout.rotates;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    super._destroy(error, callback);
  }

  protected override knowInputs(inputs: Inputs): void {
    this.#making.inputs = inputs;
  }

  protected override put(batch: FlowBatch): Promise<void> {
    return this.#inTurn(async () => {
      if (this.destroyed) return;
      await super.put(batch);
      if (batch.schema.run.live === true) this.#watch();
    });
  }

  protected override complete(schema: Schema): Promise<void> {
    return this.#inTurn(() => super.complete(schema));
  }

  /** A live source may be silent when the time of the open files is over. */
  #watch(): void {
    clearTimeout(this.#timer);
    const { dueMs } = this.#layout;
    if (dueMs === Infinity || this.destroyed) return;
    this.#timer = setTimeout(
      () => {
        this.#inTurn(() => this.#closeDue()).catch((error: Error) => this.destroy(error));
      },
      Math.min(longestTimerMs, Math.max(0, dueMs - Date.now())),
    );
  }

  async #closeDue(): Promise<void> {
    if (Date.now() >= this.#layout.dueMs) await this.#layout.close();
    this.#watch();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {}); // told to whoever asked for it
    return done;
  }
}

function layoutOf(path: string, format: Format, { rotate, partitionBy, maxOpenPartitions }: FileOptions, making: FileMaking): Layout {
  const limits = rotate === undefined ? noLimits : limitsOf(rotate);
  const ledger = new FileLedger(limits.keep);
  if (partitionBy !== undefined) {
    return new PartitionedFiles(path, partitionBy as readonly string[], format.extensions[0]!, maxOpenPartitions!, limits.seconds, limits, making, ledger);
  }
  if (rotate === undefined) return new SingleFile(path, making);
  const pattern = new NamePattern(path);
  checkVaries(pattern, path);
  return new RotatingFiles(pattern, limits.seconds, limits, making, ledger);
}

/**
 * Makes the last stage that writes flows to a file: CSV, JSON, JSON Lines, Arrow or Parquet, by the name's ending (`.csv`, `.json`, `.jsonl`, `.ndjson`,
 * `.arrow`, `.arrows`, `.parquet`) or the option `format`; with `rotate` to several files one after the other, with `partitionBy` to a tree of folders.
 *
 * Nothing is opened before the stage is put behind its source. It writes `.<name>.<process id>-<number>.part` beside a file, and renames it when it is whole and on the
 * disk; when the stage fails or is destroyed the part is removed, an output that existed stays as it was, and files that have their names already stay.
 * Symbolic links are followed, a replaced file's mode is kept, and what is not a regular file (a FIFO, `/dev/stdout`) is written in place. Damage in the
 * capture fails the stage after the files are whole and have their names.
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT_FORMAT, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs,
 * the stage is destroyed with ERR_NFSTREAM_OUTPUT, ERR_NFSTREAM_OUTPUT_EXISTS, ERR_NFSTREAM_OUTPUT_IS_INPUT, ERR_NFSTREAM_OUTPUT_NAMES when a pattern gives a name twice,
 * ERR_NFSTREAM_OUTPUT_NOT_EMPTY when a folder for partitions holds something, ERR_NFSTREAM_COLUMN, ERR_NFSTREAM_ENCODE,
 * ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, or the damage's code
 */
export function toFile(path: string, options?: FileOptions): FlowFileWriter {
  return new FlowFileWriter(path, options);
}
