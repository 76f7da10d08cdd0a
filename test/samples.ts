import type { ArrowOptions } from '../lib/encode/arrow/arrow.js';
import type { CsvOptions } from '../lib/encode/csv.js';
import type { JsonOptions } from '../lib/encode/json.js';
import type { ParquetOptions } from '../lib/encode/parquet/parquet.js';
import { checkOptions } from '../lib/options.js';
import { Readable } from 'node:stream';
import { FlowBatch } from '../lib/flows/flow-batch.js';
import { joinBytes, strideEnd, type Encoder } from '../lib/encode/encoder.js';

/** Names as they come from a network: every one must survive every format. */
export const nastyNames = [
  'example.com',
  '',
  'a,b',
  'a;b\tc',
  '"',
  'say "hi"',
  'two\nlines',
  'cr\rlf\r\n',
  'nul\0here',
  '\x1b[31mred\x1b[0m',
  'del\x7f',
  'every control \x01\x02\x08\x0b\x0c\x1f',
  "=cmd|' /C calc'!A0",
  '+1',
  '-1',
  '@SUM(A1)',
  '\ttab first',
  'back\\slash',
  'emoji 😀 👩‍👩‍👧',
  'separators \u2028\u2029',
  'replaced \ufffd',
  'ümläut 漢字 \u0301',
  ' leading and trailing ',
  '../../etc/passwd',
  'x'.repeat(5000),
  '\u0001'.repeat(300),
  '"'.repeat(300),
];

export type Row = Record<string, unknown>;

const int64 = [0n, -1n, 1n, 9007199254740991n, 9007199254740992n, -9007199254740993n, 4294967295n, 4294967296n, -4294967296n, -(2n ** 63n), 2n ** 63n - 1n];

/** Rows with every type, nulls, and the nasty names. */
export function sampleRows(count: number): Row[] {
  return Array.from({ length: count }, (_, n) => ({
    id: n,
    src_ip: n % 2 === 0 ? `10.0.${(n >> 8) & 255}.${n & 255}` : `2001:db8::${(n & 0xffff).toString(16)}`,
    src_port: n % 65536,
    bidirectional_first_seen_ms: 1_714_000_000_000 + n,
    bidirectional_bytes: (n * 104_729) % 1_000_003,
    requested_server_name: nastyNames[n % nastyNames.length],
    big: int64[n % int64.length],
    ratio: n % 7 === 0 ? null : n / 8,
    note: n % 5 === 0 ? null : `note ${n}`,
    count: n % 3 === 0 ? null : -n,
    splt_direction: [0, n % 2, -1],
    few: n % 11 === 0 ? null : [n, -(2 ** 31)],
  }));
}

/** A batch of sample rows. */
export function sampleBatch(count: number): FlowBatch {
  return FlowBatch.from(sampleRows(count));
}

/** The batch cut into batches of these lengths, over and over. */
export function cut(batch: FlowBatch, lengths: readonly number[]): FlowBatch[] {
  const batches: FlowBatch[] = [];
  for (let row = 0, turn = 0; row < batch.length; turn++) {
    const end = row + lengths[turn % lengths.length]!;
    batches.push(batch.slice(row, end));
    row = end;
  }
  return batches;
}

/** All bytes of a file with these batches. */
export async function encodeAll(encoder: Encoder, batches: readonly FlowBatch[]): Promise<Buffer> {
  const pieces = [encoder.start(batches[0]!.schema)];
  for (const [batch, from, to] of calls(encoder, batches)) pieces.push(joinBytes(await encoder.encode(batch, from, to)));
  pieces.push(joinBytes(await encoder.finish()));
  return Buffer.concat(pieces);
}

function* calls(encoder: Encoder, batches: readonly FlowBatch[]): Generator<[batch: FlowBatch, from: number, to: number], undefined> {
  for (const batch of batches) {
    for (let row = 0; row < batch.length;) {
      const end = strideEnd(encoder, batch, row);
      yield [batch, row, end];
      row = end;
    }
  }
  return undefined;
}

/** A stream of batches. */
export function streamOf(batches: Iterable<FlowBatch>): Readable {
  return Readable.from(batches, { highWaterMark: 1 });
}

/** The options of a format with the default of each that is not given, as its encoder takes them. */
export function withDefaults<Format extends keyof FormatOptionsByStage>(
  stage: Format,
  options: FormatOptionsByStage[Format] = {},
): Required<FormatOptionsByStage[Format]> {
  return checkOptions([stage], options) as unknown as Required<FormatOptionsByStage[Format]>;
}

interface FormatOptionsByStage {
  csv: CsvOptions;
  json: JsonOptions;
  arrow: ArrowOptions;
  parquet: ParquetOptions;
}
