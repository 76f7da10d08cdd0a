import { checkPath, checkPaths } from '../arguments.js';
import { FlowError, invalidOption } from '../errors.js';
import type { ReadFormat } from '../formats.js';
import type { OptionStage } from '../option-stages.js';
import { checkOptions } from '../options.js';
import { arrowBatches } from './arrow/arrow-batches.js';
import { ByteInput, type ByteSource } from './byte-input.js';
import { CsvRows, type CsvReadOptions } from './csv/csv-rows.js';
import type { ColumnTypes } from './field-types.js';
import { formatOfBytes } from './first-bytes.js';
import { EveLog } from './foreign/eve.js';
import { ForeignRows, type ForeignFormat } from './foreign/foreign-rows.js';
import { nfstreamBatches } from './foreign/nfstream.js';
import { ZeekLog } from './foreign/zeek.js';
import { FlowReader, type BatchMaker, type ReadOptions } from './flow-reader.js';
import { JsonRows } from './json/json-rows.js';
import { parquetBatches } from './parquet/parquet-batches.js';
import { RowErrors } from './row-error.js';
import { textBatches } from './text-batches.js';

/** What readers of text formats take, whose values do not tell their types. */
export interface TextReadOptions extends ReadOptions {
  /**
   * The types of columns by their names; they win over what is found, and such a column may be null. Default: a known column has its own type if the first 1,000 rows
   * agree; another one is an integer or a float if all of those rows have one that would be written in the same way, else text.
   * A column that is not there is refused in CSV, and is all null in JSON.
   */
  types?: ColumnTypes;
}

/** Options of {@link fromFile}; those of a format are for that format. */
export interface FileReadOptions extends TextReadOptions, CsvReadOptions {
  /** Reads this format, whatever the file begins with. Default: by the first bytes. */
  format?: ReadFormat;
}

type Checked = FileReadOptions & Required<Pick<ReadOptions, 'onDamage'>>;

/**
 * Reads flows from JSON: an array of objects, or objects one after the other as in JSON Lines, in any layout. Integers keep all their digits, up to 64 bits; `true` is 1
 * in a column of numbers; a key that is missing is null. The columns are those of the first 1,000 rows; a later row with another key is damage.
 * @param source a path, paths that are read one after the other, `-` for standard input, or a stream of bytes
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE. Before the first flow the stream is destroyed with
 * ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_INPUT_FORMAT; anywhere ERR_NFSTREAM_READ, ERR_NFSTREAM_TRUNCATED,
 * ERR_NFSTREAM_CORRUPT and ERR_NFSTREAM_COLUMN (a value that its column can't have) are damage as `onDamage` says. A stream's own error destroys with that
 */
export function fromJson(source: ByteSource, options?: TextReadOptions): FlowReader {
  return reader('fromJson()', source, checked(['read', 'readText'], options), jsonBatches);
}

/**
 * Reads flows from CSV (RFC 4180, lines ended by LF or CRLF), as nfstream, pandas, polars and this library write it: an empty field is null, or '' in a column of text; lists
 * are those of Python's repr. A last line without a line break counts as cut off.
 * @param source a path, paths that are read one after the other, `-` for standard input, or a stream of bytes
 * @throws {FlowError} as {@link fromJson}
 */
export function fromCsv(source: ByteSource, options?: TextReadOptions & CsvReadOptions): FlowReader {
  return reader('fromCsv()', source, checked(['read', 'readText', 'readCsv'], options), csvBatches);
}

/**
 * Reads flows from Arrow IPC, streams and files, also Feather 2. Dictionaries become text, timestamps integers of the unit that the column's name tells, narrow integers 64 bits wide. A
 * record batch is held whole. Lists of integers of no fixed length have that of the first rows; where those differ they become text, `[0, 1]`, as Python prints them. Without the mark
 * that ends it, a stream counts as cut off.
 * @param source a path, paths that are read one after the other, `-` for standard input, or a stream of bytes (of a file only if it has its schema in front)
 * @throws {FlowError} as {@link fromJson}, ERR_NFSTREAM_EMPTY_FILE, and ERR_NFSTREAM_COLUMN for a type that no column of flows can have
 */
export function fromArrow(source: ByteSource, options?: ReadOptions): FlowReader {
  return reader('fromArrow()', source, checked(['read'], options), () => arrowBatches);
}

/**
 * Reads flows from Parquet (Apache Parquet's format; every compression but LZO), with the types that {@link fromArrow} gives. A thread of its own decodes it, a row group at a time, which
 * is held whole. A file that was cut off can't be read at all, as its directory is at its end; damage is told after the last row group in front of it.
 * @param source the path of a regular file, or paths that are read one after the other; neither a pipe nor a stream, as the directory must be read first
 * @throws {FlowError} as {@link fromArrow}, and ERR_NFSTREAM_INPUT_FORMAT for a path that is no regular file
 */
export function fromParquet(source: string | readonly string[], options?: ReadOptions): FlowReader {
  checkPaths('the source of fromParquet()', source, 'ERR_NFSTREAM_OPTION_RANGE');
  return reader('fromParquet()', source, checked(['read'], options), () => (input, run) => parquetBatches(input, run));
}

/**
 * Reads flows from a file of any of these formats, known by its first bytes.
 * @param source a path, paths that are read one after the other, `-` for standard input, or a stream of bytes (neither `-` nor a stream for Parquet)
 * @throws {FlowError} as {@link fromJson}, {@link fromCsv}, {@link fromArrow} and {@link fromParquet}, by the format
 */
export function fromFile(source: ByteSource, options?: FileReadOptions): FlowReader {
  return fromFileNeeding(source, options, null);
}

/**
 * {@link fromFile} for who needs only some columns: others may be left out.
 * @internal
 */
export function fromFileNeeding(source: ByteSource, options: FileReadOptions | undefined, needed: ReadonlySet<string> | null): FlowReader {
  return reader('fromFile()', source, checked(['read', 'readText', 'readCsv', 'readFile'], options), (all) => fileBatches(all, needed));
}

function checked(stages: readonly OptionStage[], options: FileReadOptions | undefined): Checked {
  return checkOptions(stages, options) as unknown as Checked;
}

function reader(name: string, source: ByteSource, options: Checked, batches: (options: Checked) => BatchMaker): FlowReader {
  const make = batches(options);
  const sources: readonly ByteSource[] = Array.isArray(source) ? source : [source];
  if (sources.length === 0) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `the source of ${name}`, 'at least one path', source);
  for (const one of sources) checkSource(name, one);
  return new FlowReader(
    name,
    sources.map((one) => new ByteInput(one as Exclude<ByteSource, readonly string[]>)),
    make,
    options,
  );
}

function checkSource(name: string, source: unknown): void {
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) return;
  checkPath(`the source of ${name}`, source, 'a path, an array of paths or a stream of bytes');
}

function jsonBatches({ types = {} }: Checked): BatchMaker {
  return (input, run) => textBatches(input, new JsonRows(types, new RowErrors(input.file, input.name)), run);
}

function csvBatches({ types = {}, delimiter, columns }: Checked): BatchMaker {
  const options = { ...(delimiter !== undefined && { delimiter }), ...(columns !== undefined && { columns }) };
  new CsvRows(options, types, new RowErrors(null, '')); // a wrong delimiter is told now
  return (input, run) => textBatches(input, new CsvRows(options, types, new RowErrors(input.file, input.name)), run);
}

function foreignBatches(format: () => ForeignFormat): BatchMaker {
  return (input, run) => textBatches(input, new ForeignRows(format(), new RowErrors(input.file, input.name)), run);
}

function fileBatches(options: Checked, needed: ReadonlySet<string> | null): BatchMaker {
  const makers: Readonly<Record<ReadFormat, BatchMaker>> = {
    json: jsonBatches(options),
    csv: csvBatches(options),
    arrow: arrowBatches,
    parquet: (input, run) => parquetBatches(input, run, needed),
    zeek: foreignBatches(() => new ZeekLog()),
    eve: foreignBatches(() => new EveLog()),
    nfstream: nfstreamBatches(csvBatches(options)),
  };
  return async function* (input, run) {
    const format = options.format ?? formatOfBytes(await input.peek(), input.file);
    if (format instanceof FlowError) throw format;
    return yield* makers[format](input, run);
  };
}
