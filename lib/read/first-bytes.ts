import { isUtf8 } from 'node:buffer';
import { extname } from 'node:path';
import { shownName } from '../open-error.js';
import { FlowError } from '../errors.js';
import { formats, type ReadFormat } from '../formats.js';

const captureBegins = ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '0a0d0d0a', '1f8b', '28b52ffd'].map((hex) => Buffer.from(hex, 'hex'));

/** Whether a file begins like a capture of packets, or like one that is compressed. */
export function isCapture(first: Buffer): boolean {
  return captureBegins.some((begin) => begin.equals(first.subarray(0, begin.length)));
}

/** What files begin with that are none of flows: what they are, and what to do. */
const others: readonly (readonly [begin: Buffer, what: string])[] = [
  ...captureBegins.slice(0, 5).map((begin) => [begin, 'a capture of packets; flows are made of it by nfstream without convert, or by captureFile()'] as const),
  [Buffer.from('PARE'), 'a Parquet file that is encrypted; write it without encryption'],
  [Buffer.from('1f8b', 'hex'), 'compressed by gzip; give what gunzip makes of it'],
  [Buffer.from('28b52ffd', 'hex'), 'compressed by zstd; give what unzstd makes of it'],
];

/** What Parquet begins and ends with. */
export const parquetMagic = Buffer.from('PAR1');

const arrowBegins = [Buffer.from('ARROW1'), Buffer.from('ffffffff', 'hex')];

/** What a log of Zeek's begins with. */
const zeekBegin = Buffer.from('#sep');

/** The format of a file by its first bytes: Arrow, Parquet and Zeek's logs have their own, JSON begins with `{` or `[`, other text is CSV; without a byte only JSON Lines are a file. */
export function formatOfBytes(first: Buffer | null, file: string | null): ReadFormat | FlowError {
  const name = file === null ? 'The input' : shownName(file);
  const place = file === null ? {} : { file };
  if (first === null) {
    const lines = file !== null && formats.find(({ name }) => name === 'jsonl')!.extensions.includes(extname(file).toLowerCase());
    return lines ? 'json' : new FlowError('ERR_NFSTREAM_EMPTY_FILE', `${name} is empty.`, place);
  }
  const other = others.find(([begin]) => begin.equals(first.subarray(0, begin.length)));
  if (other !== undefined) return new FlowError('ERR_NFSTREAM_INPUT_FORMAT', `${name} is ${other[1]}.`, place);
  if (parquetMagic.equals(first.subarray(0, parquetMagic.length))) return 'parquet';
  if (arrowBegins.some((begin) => begin.equals(first.subarray(0, begin.length)))) return 'arrow';
  if (zeekBegin.equals(first.subarray(0, zeekBegin.length))) return 'zeek';
  if (/^\ufeff?\s*[[{]/.test(first.toString('utf8', 0, 4096))) return 'json';
  // A name from the network may hold a NUL, but the names of columns hold none.
  const firstLine = first.subarray(0, first.indexOf('\n') < 0 ? undefined : first.indexOf('\n'));
  if (!firstLine.includes(0) && isUtf8(firstLine)) return 'csv';
  return new FlowError('ERR_NFSTREAM_INPUT_FORMAT', `${name} is not a file of flows: it is neither JSON nor CSV nor Arrow nor Parquet.`, place);
}
