import { extname } from 'node:path';
import { FlowError } from '../errors.js';
import { checkOptions, type Stage } from '../options.js';
import { ArrowEncoder } from './arrow.js';
import { CsvEncoder, type CsvOptions } from './csv.js';
import type { Encoder } from './encoder.js';
import { JsonEncoder } from './json.js';

/** A format that {@link toFile} writes: a JSON array, JSON Lines, CSV, Arrow's file format or Arrow's stream format. */
export type FormatName = 'json' | 'jsonl' | 'csv' | 'arrow' | 'arrows';

/** One row of the table of file formats. */
export interface Format {
  readonly name: FormatName;
  /** What names of files end with. */
  readonly extensions: readonly string[];
  /** The stages whose options a file of this format takes. */
  readonly stages: readonly Stage[];
  /** Makes an encoder from checked options. */
  encoder(options: CsvOptions): Encoder;
}

const formats: readonly Format[] = [
  { name: 'csv', extensions: ['.csv'], stages: ['file', 'csv'], encoder: (options) => new CsvEncoder(options) },
  { name: 'json', extensions: ['.json'], stages: ['file'], encoder: () => new JsonEncoder({ format: 'array' }) },
  { name: 'jsonl', extensions: ['.jsonl', '.ndjson'], stages: ['file'], encoder: () => new JsonEncoder({ format: 'lines' }) },
  { name: 'arrow', extensions: ['.arrow'], stages: ['file'], encoder: () => new ArrowEncoder({ format: 'file' }) },
  { name: 'arrows', extensions: ['.arrows'], stages: ['file'], encoder: () => new ArrowEncoder({ format: 'stream' }) },
];

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
