import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { fromFile, stitch, toFile, type FlowBatch } from '../lib/index.js';
import { intColumn, type FlowColumn } from '../lib/flows/columns.js';
import { FlowBatch as Batch } from '../lib/flows/flow-batch.js';
import { chooseFields, type FieldChoice } from '../lib/schema/choose-fields.js';
import { Schema } from '../lib/schema/schema.js';

// Stitches made-up pieces: captures of a minute, in each so many pieces of which some go on in the next one. Tells pieces a second and the most resident memory.

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: '1000' },
    pieces: { type: 'string', default: '10000' },
    /** Share of pieces that end with their capture; half of them go on. */
    open: { type: 'string', default: '0.2' },
    idle: { type: 'string', default: '15' },
    statistics: { type: 'boolean', default: false },
    /** Writes the pieces to this file, instead of stitching them. */
    write: { type: 'string' },
    /** Reads these files of pieces, in place of made-up ones. */
    read: { type: 'string', multiple: true },
    /** Where flows go; nowhere by default. */
    out: { type: 'string' },
  },
});

const captures = Number(values.captures);
const perCapture = Number(values.pieces);
const open = Math.floor(perCapture * Number(values.open));
const goingOn = Math.floor(open / 2);
const idleMs = Number(values.idle) * 1000;
const minute = 60_000_000_000n;

const choice = {
  features: 'nfstream',
  decodeTunnels: true,
  dissections: 20,
  splt: 0,
  timeUnit: 'ms',
  timestamps: 'int',
  partial: true,
  statistics: values.statistics,
};
const schema = new Schema(chooseFields(choice as unknown as FieldChoice));

function column(name: string, type: string, list: readonly (bigint | string | number)[], bigint: boolean): FlowColumn {
  if (type === 'float') return { type: 'float', values: Float64Array.from(list as number[]), valid: null };
  if (type === 'int') return intColumn(BigInt64Array.from(list as bigint[]), null, bigint);
  const bytes = list.map((text) => Buffer.from(String(text)));
  const offsets = new Int32Array(list.length + 1);
  bytes.forEach((one, row) => (offsets[row + 1] = offsets[row]! + one.length));
  return { type: 'text', offsets, bytes: Buffer.concat(bytes), valid: null };
}

/** The piece of a row: those that go on from the capture before come first in time and have its last keys. */
function* capturesOf(): Generator<FlowBatch> {
  for (let capture = 0; capture < captures; capture++) {
    const clock = 1_700_000_000_000_000_000n + BigInt(capture) * minute;
    const last = clock + minute - 1_000_000n;
    const name = `capture-${String(capture).padStart(6, '0')}.pcap`;
    for (let from = 0; from <= perCapture; from += 8192) {
      const rows = Math.min(8192, perCapture + 1 - from);
      const cells: Record<string, (row: number) => bigint | string | number> = {
        src_ip: (row) => `10.${(row >> 16) & 255}.${(row >> 8) & 255}.${row & 255}`,
        dst_ip: () => '192.0.2.1',
        src_mac: () => '02:00:00:00:00:01',
        dst_mac: () => '02:00:00:00:00:02',
        application_name: () => 'TLS.Google',
        application_category_name: () => 'Web',
        piece_row: (row) => (row === perCapture ? 'bounds' : 'flow'),
        piece_capture: () => name,
        piece_clock_ns: () => clock,
        piece_key: (row) => (row === perCapture ? '' : keyOf(capture, row)),
        piece_run: (row) => (row === perCapture ? runOf(last) : ''),
        piece_undecided: () => 0n,
        piece_end: (row) => (isOpen(row) ? 2n : 0n),
        piece_touches: (row) => BigInt((isOpen(row) ? 2 : 0) | (row % 4 === 0 ? 1 : 0)),
        piece_last_packet: (row) => BigInt(20 * (row + 1)),
        piece_src2dst_packets: () => 10n,
        piece_src2dst_first_ns: (row) => (goesOn(row) ? clock + 1n : clock + BigInt(row)),
        piece_src2dst_last_ns: (row) => (isOpen(row) ? last - BigInt(perCapture - row) : clock + BigInt(row) + 1000n),
      };
      const columns = schema.fields.map(({ name: field, type, bigint }) => {
        const cell = cells[field] ?? (type === 'text' ? () => '' : type === 'int' ? () => 1n : () => 1.5);
        return column(
          field,
          type,
          Array.from({ length: rows }, (_, row) => cell(from + row)),
          bigint === true,
        );
      });
      yield new Batch(schema, rows, columns);
    }
  }
}

function isOpen(row: number): boolean {
  return row >= perCapture - open && row < perCapture;
}

/** The pieces in the middle began in the capture before. */
function goesOn(row: number): boolean {
  return row >= 1000 && row < 1000 + goingOn;
}

function keyOf(capture: number, row: number): string {
  const [of, number] = goesOn(row) ? [capture - 1, perCapture - open + (row - 1000)] : [capture, row];
  return (of * 1_000_003 + number + 10_000_000).toString(16).padStart(32, '0');
}

function runOf(last: bigint): string {
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

let most = 0;
const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
const source = values.read === undefined ? Readable.from(capturesOf(), { objectMode: true, highWaterMark: 1 }) : fromFile(values.read);
const nowhere = (): Writable => new Writable({ objectMode: true, highWaterMark: 1, write: (_, __, done) => done() });
const began = performance.now();
if (values.write !== undefined) await pipeline(source, toFile(values.write));
else {
  const stage = stitch();
  await pipeline(source, stage, values.out === undefined ? nowhere() : toFile(values.out));
  const seconds = (performance.now() - began) / 1000;
  console.log(stage.report(), `${seconds.toFixed(1)} s, ${Math.round(stage.report().pieces / seconds)} pieces a second`);
}
clearInterval(watch);
console.log(`at most ${Math.round(most / 1e6)} MB resident, ${process.cpuUsage().user / 1e6} s of processor time`);
