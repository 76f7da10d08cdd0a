import { extname } from 'node:path';
import { FlowError } from '../errors.js';
import { checkOptions, type Stage } from '../options.js';
import { ArrowEncoder, type ArrowOptions } from './arrow/arrow.js';
import type { ArrowCompression } from './arrow/arrow-writer.js';
import { CsvEncoder, type CsvOptions } from './csv.js';
import type { Encoder } from './encoder.js';
import { JsonEncoder, type JsonOptions } from './json.js';
import { ParquetEncoder, type ParquetOptions } from './parquet/parquet.js';
import type { ParquetCompression } from './parquet/parquet-thread.js';

/** A format that {@link toFile} writes: a JSON array, JSON Lines, CSV, Arrow's file format, Arrow's stream format, or Parquet. */
export type FormatName = 'json' | 'jsonl' | 'csv' | 'arrow' | 'arrows' | 'parquet';

/** The options of every format. */
export type FormatOptions = CsvOptions & Omit<JsonOptions, 'format'> & Omit<ArrowOptions, 'format' | 'compression'> & Omit<ParquetOptions, 'compression' | 'compact'> & {
  /** Arrow: 'none' (the default), 'lz4' or 'zstd'. Parquet: 'none', 'snappy' (the default), 'zstd', 'lz4' or 'gzip'. */
  compression?: ArrowCompression | ParquetCompression;
};

/** One row of the table of file formats. */
export interface Format {
  readonly name: FormatName;
  /** What people call it. */
  readonly title: string;
  /** What names of files end with. */
  readonly extensions: readonly string[];
  /** The stages whose options a file of this format takes; the first one's `format` is that of the file. */
  readonly stages: readonly Stage[];
  /** Whether it is text. */
  readonly text: boolean;
  /** Makes an encoder from checked options. */
  encoder(options: FormatOptions): Encoder;
}

const formats: readonly Format[] = [
  { name: 'csv', title: 'CSV', extensions: ['.csv'], stages: ['file', 'csv'], text: true, encoder: (options) => new CsvEncoder(options) },
  { name: 'json', title: 'JSON', extensions: ['.json'], stages: ['file', 'json'], text: true, encoder: (options) => new JsonEncoder({ ...options, format: 'array' }) },
  { name: 'jsonl', title: 'JSON', extensions: ['.jsonl', '.ndjson'], stages: ['file', 'json'], text: true, encoder: (options) => new JsonEncoder({ ...options, format: 'lines' }) },
  { name: 'arrow', title: 'Arrow', extensions: ['.arrow'], stages: ['file', 'arrow'], text: false, encoder: (options) => new ArrowEncoder({ ...(options as ArrowOptions), format: 'file' }) },
  { name: 'arrows', title: 'Arrow', extensions: ['.arrows'], stages: ['file', 'arrow'], text: false, encoder: (options) => new ArrowEncoder({ ...(options as ArrowOptions), format: 'stream' }) },
  { name: 'parquet', title: 'Parquet', extensions: ['.parquet'], stages: ['file', 'parquet'], text: false, encoder: (options) => new ParquetEncoder(options as ParquetOptions) },
];

/** What people call the formats that take a stage's options, and what their names end with. */
export function formatsOf(stage: Stage): readonly Format[] {
  return formats.filter((format) => format.stages.includes(stage));
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
  throw new FlowError('ERR_NFSTREAM_OUTPUT_FORMAT', `The name ${JSON.stringify(path)} does not tell a format; end it with one of ${known}, or give the option format.`);
}
