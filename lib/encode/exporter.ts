import { checkOptions } from '../options.js';
import { Stage } from '../stage/stage.js';
import { BatchGuard } from '../flows/batch-guard.js';
import { ArrowEncoder, type ArrowOptions } from './arrow/arrow.js';
import { CicEncoder, type CicOptions } from './cic/cic.js';
import { CsvEncoder, type CsvOptions } from './csv.js';
import { strideEnd, type Encoded, type Encoder } from './encoder.js';
import { JsonEncoder, type JsonOptions } from './json.js';
import { ParquetEncoder, type ParquetOptions } from './parquet/parquet.js';
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

  /** @internal Made by `toCsv`, `toCicCsv`, `toJson`, `toArrow` and `toParquet`. */
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

/** What every exporter takes besides the options of its format. */
export interface ExporterOptions {
  /** Destroys the stage when it is aborted. */
  signal?: AbortSignal;
}

/**
 * Makes the stage that writes flows as JSON: one object a line, or one array. Keys are the columns' names (snake_case).
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE or ERR_NFSTREAM_SCHEMA_CHANGED
 */
export function toJson(options?: JsonOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['json'], options) as unknown as Required<JsonOptions> & ExporterOptions;
  return new Exporter('toJson()', new JsonEncoder(format), signal);
}

/**
 * Makes the stage that writes flows as CSV (RFC 4180), with a line of column names first.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE or ERR_NFSTREAM_SCHEMA_CHANGED
 */
export function toCsv(options?: CsvOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['csv'], options) as unknown as Required<CsvOptions> & ExporterOptions;
  return new Exporter('toCsv()', new CsvEncoder(format), signal);
}

/**
 * Makes the stage that writes flows as CSV with the columns of CICFlowMeter (docs/cicflowmeter.md), by the header of one of its published files. The flows need the columns of
 * `features: 'cicflowmeter'`.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, or ERR_NFSTREAM_COLUMN for flows without a column that it needs
 */
export function toCicCsv(options?: CicOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['cic'], options) as unknown as Required<CicOptions> & ExporterOptions;
  return new Exporter('toCicCsv()', new CicEncoder(format), signal);
}

/**
 * Makes the stage that writes flows as Arrow IPC, in record batches of 8,192 flows.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, ERR_NFSTREAM_COLUMN for a null in a column that has none or a value that does not
 * fit the column's type, or ERR_NFSTREAM_MEMORY
 */
export function toArrow(options?: ArrowOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['arrow'], options) as unknown as Required<ArrowOptions> & ExporterOptions;
  return new Exporter('toArrow()', new ArrowEncoder(format), signal);
}

/**
 * Makes the stage that writes flows as Parquet, in row groups of 131,072 flows. The work is done by a thread, which ends with the stage.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, ERR_NFSTREAM_COLUMN for a null in a column that has none or a value that does not
 * fit the column's type, or ERR_NFSTREAM_ENCODE
 */
export function toParquet(options?: ParquetOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['parquet'], options) as unknown as Required<ParquetOptions> & ExporterOptions;
  return new Exporter('toParquet()', new ParquetEncoder(format), signal);
}
