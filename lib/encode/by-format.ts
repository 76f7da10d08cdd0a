import { extname } from 'node:path';
import { FlowError, shownPath } from '../errors.js';
import { formats, type Format, type FormatName } from '../formats.js';
import { checkOptions } from '../options.js';
import { isRecord } from '../is-record.js';
import { ArrowEncoder, type ArrowOptions } from './arrow/arrow.js';
import type { ArrowCompression } from './arrow/arrow-writer.js';
import { CicEncoder, type CicOptions } from './cic/cic.js';
import { CsvEncoder, type CsvOptions } from './csv.js';
import type { Encoder } from './encoder.js';
import { JsonEncoder, type JsonOptions } from './json.js';
import { ParquetEncoder, type ParquetOptions } from './parquet/parquet.js';
import type { ParquetCompression } from './parquet/parquet-thread.js';

/** The options of every format. */
export type FormatOptions = CsvOptions &
  CicOptions &
  Omit<JsonOptions, 'format'> &
  Omit<ArrowOptions, 'format' | 'compression'> &
  Omit<ParquetOptions, 'compression' | 'compact'> & {
    /** Arrow: 'none' (the default), 'lz4' or 'zstd'. Parquet: 'none', 'snappy' (the default), 'zstd', 'lz4' or 'gzip'. */
    compression?: ArrowCompression | ParquetCompression;
  };

const encoders: Readonly<Record<FormatName, (options: object) => Encoder>> = {
  csv: (options) => new CsvEncoder(options as Required<CsvOptions>),
  json: (options) => new JsonEncoder({ ...(options as Required<JsonOptions>), format: 'array' }),
  jsonl: (options) => new JsonEncoder({ ...(options as Required<JsonOptions>), format: 'lines' }),
  arrow: (options) => new ArrowEncoder({ ...(options as Required<ArrowOptions>), format: 'file' }),
  arrows: (options) => new ArrowEncoder({ ...(options as Required<ArrowOptions>), format: 'stream' }),
  cic: (options) => new CicEncoder(options as Required<CicOptions>),
  parquet: (options) => new ParquetEncoder(options as Required<ParquetOptions>),
};

/** Makes an encoder of a format from options that were checked, and have their defaults. */
export function encoderOf({ name }: Format, options: FormatOptions): Encoder {
  return encoders[name](options);
}

/** The option `format` of options that are not yet checked. */
export function formatIn(options: unknown): unknown {
  return isRecord(options) ? options['format'] : undefined;
}

/**
 * The format of a file: the one that is asked for, else the one of its name, in upper or lower case.
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT_FORMAT when the name says none, ERR_NFSTREAM_OPTION_TYPE or ERR_NFSTREAM_OPTION_RANGE for a wrong `format`
 */
export function formatOf(path: string, asked: unknown): Format {
  const { format: name } = checkOptions(['file'], { format: asked });
  const found = formats.find((format) => (name === undefined ? format.extensions.includes(extname(path).toLowerCase()) : format.name === name));
  if (found !== undefined) return found;
  const known = formats.flatMap((format) => format.extensions).join(', ');
  throw new FlowError(
    'ERR_NFSTREAM_OUTPUT_FORMAT',
    `The name ${JSON.stringify(shownPath(path))} does not tell a format; end it with one of ${known}, or give the option format.`,
  );
}
