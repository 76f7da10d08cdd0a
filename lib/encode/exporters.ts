import { checkOptions } from '../options.js';
import { ArrowEncoder, type ArrowOptions } from './arrow/arrow.js';
import { CsvEncoder, type CsvOptions } from './csv.js';
import { Exporter } from './exporter.js';
import { JsonEncoder, type JsonOptions } from './json.js';
import { ParquetEncoder, type ParquetOptions } from './parquet/parquet.js';

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
  const { signal, ...format } = checkOptions(['json'], options) as JsonOptions & ExporterOptions;
  return new Exporter('toJson()', new JsonEncoder(format), signal);
}

/**
 * Makes the stage that writes flows as CSV (RFC 4180), with a line of column names first.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE or ERR_NFSTREAM_SCHEMA_CHANGED
 */
export function toCsv(options?: CsvOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['csv'], options) as CsvOptions & ExporterOptions;
  return new Exporter('toCsv()', new CsvEncoder(format), signal);
}

/**
 * Makes the stage that writes flows as Arrow IPC, in record batches of 8,192 flows.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, ERR_NFSTREAM_COLUMN for a null in a column that has none or a value that does not
 * fit the column's type, or ERR_NFSTREAM_MEMORY
 */
export function toArrow(options?: ArrowOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['arrow'], options) as ArrowOptions & ExporterOptions;
  return new Exporter('toArrow()', new ArrowEncoder(format), signal);
}

/**
 * Makes the stage that writes flows as Parquet, in row groups of 131,072 flows. The work is done by a thread, which ends with the stage.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is
 * destroyed with ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_SCHEMA_CHANGED, ERR_NFSTREAM_COLUMN for a null in a column that has none or a value that does not
 * fit the column's type, or ERR_NFSTREAM_ENCODE
 */
export function toParquet(options?: ParquetOptions & ExporterOptions): Exporter {
  const { signal, ...format } = checkOptions(['parquet'], options) as ParquetOptions & ExporterOptions;
  return new Exporter('toParquet()', new ParquetEncoder(format), signal);
}
