import { intColumn, listColumn, type FlowColumn, type TextColumn } from '../../lib/flows/columns.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { chooseFields, type FieldChoice } from '../../lib/schema/choose-fields.js';
import type { Field } from '../../lib/schema/fields.js';
import { Schema } from '../../lib/schema/schema.js';

/** What is made up. */
export interface MadeUp {
  readonly captures: number;
  readonly perCapture: number;
  /** Share of pieces that end with their capture. */
  readonly open: number;
  /** Share of those that go on in the next one, one here and one there. */
  readonly joining: number;
  readonly idleMs: number;
  readonly statistics: boolean;
  readonly splt: number;
  readonly features: string;
}

const minute = 60_000_000_000n;
const batchRows = 8192;

/**
 * Pieces of captures of a minute, and their bounds. Those that end with a capture stand at its end, as in a run; those that began in the one before lie among the others.
 * All captures have the same values but for times, keys and names, so that making them up costs little beside stitching them.
 * @param spent gets the seconds that it took
 */
export function* madeUpCaptures(asked: MadeUp, spent: { seconds: number }): Generator<FlowBatch> {
  const { captures, perCapture } = asked;
  const schema = schemaOf(asked);
  const open = Math.floor(perCapture * asked.open);
  const goingOn = Math.floor(open * asked.joining);
  const isOpen = (row: number): boolean => row >= perCapture - open && row < perCapture;
  // Which of the rows of a capture go on, and which went on from the one before; the first of them with the first.
  const leaving = spread(perCapture - open, open, goingOn);
  const coming = spread(0, perCapture, goingOn);
  const origin = new Int32Array(perCapture).fill(-1);
  coming.forEach((row, index) => (origin[row] = leaving[index]!));
  const began = 1_700_000_000_000_000_000n;
  const begins = (row: number): bigint => (row < perCapture && origin[row]! >= 0 ? 1n : BigInt(row));
  const ends = (row: number): bigint => (isOpen(row) ? minute - 1_000_000n - BigInt(perCapture - row) : BigInt(row) + 1000n);
  const cells: Record<string, (row: number) => bigint | string | number> = {
    src_ip: (row) => `10.${(row >> 16) & 255}.${(row >> 8) & 255}.${row & 255}`,
    dst_ip: () => '192.0.2.1',
    src_mac: () => '02:00:00:00:00:01',
    dst_mac: () => '02:00:00:00:00:02',
    application_name: () => 'TLS.Google',
    application_category_name: () => 'Web',
    piece_row: (row) => (row === perCapture ? 'bounds' : 'flow'),
    piece_undecided: () => 0n,
    piece_end: (row) => (isOpen(row) ? 2n : 0n),
    piece_touches: (row) => BigInt((isOpen(row) ? 2 : 0) | (row % 4 === 0 ? 1 : 0)),
    piece_last_packet: (row) => BigInt(20 * (row + 1)),
    piece_src2dst_packets: () => 10n,
  };
  const parts = Array.from({ length: Math.ceil((perCapture + 1) / batchRows) }, (_, index) => {
    const from = index * batchRows;
    const rows = Math.min(batchRows, perCapture + 1 - from);
    const each = <T>(of: (row: number) => T): T[] => Array.from({ length: rows }, (__, row) => of(from + row));
    const columns = schema.fields.map((field) => columnOf(field, each(cells[field.name] ?? (() => usual(field)))));
    return { from, rows, columns, begins: BigInt64Array.from(each(begins)), ends: BigInt64Array.from(each(ends)) };
  });
  let flows = new Int32Array(perCapture);
  let fresh = 0;
  for (let capture = 0; capture < captures; capture++) {
    const before = flows;
    flows = Int32Array.from(origin, (row) => (capture > 0 && row >= 0 ? before[row]! : fresh++));
    const clock = began + BigInt(capture) * minute;
    for (const part of parts) {
      const start = performance.now();
      const { from, rows } = part;
      const changed: Record<string, () => FlowColumn> = {
        piece_capture: () => sameText(`capture-${String(capture).padStart(6, '0')}.pcap`, rows),
        piece_clock_ns: () => intColumn(new BigInt64Array(rows).fill(clock), null),
        piece_src2dst_first_ns: () => intColumn(later(part.begins, clock), null, true),
        piece_src2dst_last_ns: () => intColumn(later(part.ends, clock), null, true),
        piece_key: () => keysOf(flows, from, rows),
        piece_run: () => lastText(from + rows > perCapture ? runOf(clock + minute - 1_000_000n, asked.idleMs) : '', rows),
      };
      const columns = schema.fields.map(({ name }, index) => changed[name]?.() ?? part.columns[index]!);
      spent.seconds += (performance.now() - start) / 1000;
      yield new FlowBatch(schema, rows, columns);
    }
  }
}

function schemaOf({ features, statistics, splt }: MadeUp): Schema {
  const choice = { features, decodeTunnels: true, dissections: 20, splt, timeUnit: 'ms', timestamps: 'int', partial: true, statistics };
  return new Schema(chooseFields(choice as unknown as FieldChoice));
}

/** So many of the `length` rows from `from` on, evenly. */
function spread(from: number, length: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + Math.floor((index * length) / count));
}

function usual({ name, type, list }: Field): bigint | string | number | number[] {
  if (name.endsWith('_squares_high')) return 0n;
  if (list !== undefined) return Array.from({ length: list.size }, (_, item) => (item < list.size / 2 ? 1 : -1));
  return type === 'text' ? '' : type === 'int' ? 1n : 1.5;
}

function columnOf({ type, list, bigint }: Field, cells: readonly unknown[]): FlowColumn {
  if (type === 'float') return { type: 'float', values: Float64Array.from(cells as number[]), valid: null };
  if (type === 'int') return intColumn(BigInt64Array.from(cells as bigint[]), null, bigint);
  if (type === 'list') return listColumn((list!.item === 'int8' ? Int8Array : Int32Array).from((cells as number[][]).flat()), list!.size, null);
  const texts = cells.map((text) => Buffer.from(String(text)));
  const offsets = new Int32Array(texts.length + 1);
  texts.forEach((one, row) => (offsets[row + 1] = offsets[row]! + one.length));
  return { type: 'text', offsets, bytes: new Uint8Array(Buffer.concat(texts)), valid: null };
}

function later(times: BigInt64Array, clock: bigint): BigInt64Array {
  const moved = new BigInt64Array(times.length);
  for (let row = 0; row < times.length; row++) moved[row] = times[row]! + clock;
  return moved;
}

function sameText(text: string, rows: number): TextColumn {
  return { type: 'text', offsets: offsetsOf(rows, text.length), bytes: new Uint8Array(Buffer.alloc(text.length * rows, text).buffer), valid: null };
}

function lastText(text: string, rows: number): TextColumn {
  const offsets = new Int32Array(rows + 1);
  offsets[rows] = text.length;
  return { type: 'text', offsets, bytes: new Uint8Array(Buffer.from(text)), valid: null };
}

function offsetsOf(rows: number, size: number): Int32Array {
  const offsets = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row]! + size;
  return offsets;
}

const digits = Buffer.from('0123456789abcdef');

/** Keys of 32 digits, that look like those of a digest; of the row of bounds none. */
function keysOf(flows: Int32Array, from: number, rows: number): TextColumn {
  const offsets = offsetsOf(rows, 32);
  if (from + rows > flows.length) offsets[rows] = offsets[rows - 1]!;
  const bytes = new Uint8Array(32 * rows);
  for (let row = 0; row < rows && from + row < flows.length; row++) {
    let mixed = Math.imul(flows[from + row]! + 1, 0x9e3779b1);
    for (let at = 0; at < 8; at++) {
      bytes[32 * row + at] = bytes[32 * row + 8 + at] = bytes[32 * row + 16 + at] = bytes[32 * row + 24 + at] = digits[mixed & 15]!;
      mixed >>>= 4;
    }
  }
  return { type: 'text', offsets, bytes, valid: null };
}

function runOf(last: bigint, idleMs: number): string {
  return JSON.stringify({
    clock: String(last),
    idleTimeout: idleMs,
    activityTimeout: 5000,
    timeUnit: 'ms',
    accountingMode: 'frame',
    payloadBytes: 0,
    entropyBytes: 256,
    dissections: 20,
  });
}
