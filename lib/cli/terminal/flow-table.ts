import { Transform, type TransformCallback } from 'node:stream';
import { FlowBatch } from '../../flows/flow-batch.js';
import type { FlowRow } from '../../flows/flow.js';
import { FlowError } from '../../errors.js';
import { TakenRuns } from '../../stage/run-state.js';
import type { Schema } from '../../schema/schema.js';
import { visible } from '../../text/visible-text.js';
import { shortBytes, shortCount, shortDuration } from '../../text/quantity.js';
import { cut, displayWidth, fit } from './terminal-text.js';
import { protocolNames } from '../../text/protocol-names.js';

/** One column of the table as it is laid out. */
interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly text: (flow: FlowRow, width: number) => string;
}

/** A column before its width is known. */
interface ColumnPlan extends Omit<Column, 'width'> {
  /** Columns of a flow that it shows: without them it is left out. */
  readonly needs: string;
  readonly narrowest: number;
  /** A column whose widest is over its narrowest shares what room there is. */
  readonly widest: number;
  /** How many cells it gets where others get one; 1 where it is not said. */
  readonly weight?: number;
}

/** Lines that a flow takes, each with its columns. */
export type TableLayout = readonly (readonly Column[])[];

const arrow = ' -> ';
const indent = '  ';

const endpoints: ColumnPlan = {
  title: 'SOURCE -> DESTINATION',
  needs: 'src_ip',
  align: 'left',
  narrowest: 37,
  widest: 46,
  weight: 2,
  text: (flow, width) => endpointsText(flow, width),
};
const protocol: ColumnPlan = {
  title: 'PROTO',
  needs: 'protocol',
  align: 'left',
  narrowest: 6,
  widest: 6,
  text: (flow) => protocolNames.get(flow.protocol) ?? String(flow.protocol),
};
const application: ColumnPlan = {
  title: 'APPLICATION',
  needs: 'application_name',
  align: 'left',
  narrowest: 14,
  widest: 24,
  text: (flow) => visible(flow.applicationName),
};
const serverName: ColumnPlan = {
  title: 'SERVER NAME',
  needs: 'requested_server_name',
  align: 'left',
  narrowest: 18,
  widest: 64,
  text: (flow) => visible(flow.requestedServerName),
};
const packets: ColumnPlan = {
  title: 'PACKETS',
  needs: 'bidirectional_packets',
  align: 'right',
  narrowest: 7,
  widest: 7,
  text: (flow) => shortCount(flow.bidirectionalPackets),
};
const bytes: ColumnPlan = {
  title: 'BYTES',
  needs: 'bidirectional_bytes',
  align: 'right',
  narrowest: 7,
  widest: 7,
  text: (flow) => shortBytes(flow.bidirectionalBytes),
};
const duration: ColumnPlan = {
  title: 'DURATION',
  needs: 'bidirectional_duration_ms',
  align: 'right',
  narrowest: 8,
  widest: 8,
  text: (flow) => shortDuration(flow.bidirectionalDurationMs),
};
const end: ColumnPlan = { title: 'END', needs: 'end_reason', align: 'left', narrowest: 8, widest: 8, text: (flow) => flow.endReason };

const oneLine = [[endpoints, protocol, application, serverName, packets, bytes, duration, end]];
const twoLines = [
  [endpoints, protocol, application],
  [serverName, packets, bytes, duration, end],
];

/**
 * Lays the table out for a terminal: one line a flow where all columns fit, two where they don't.
 * @param width cells of the terminal; less than 64 count as 64
 */
export function layoutTable(schema: Schema, width: number): TableLayout {
  const room = Math.max(64, width);
  const present = (lines: ColumnPlan[][]): ColumnPlan[][] =>
    lines.map((line) => line.filter((plan) => schema.indexOf(plan.needs) >= 0)).filter((line) => line.length > 0);
  const single = present(oneLine);
  if (single.length === 0 || narrowest(single[0]!) <= room) return single.map((line) => share(line, room));
  return present(twoLines).map((line, index) => share(line, index === 0 ? room : room - indent.length));
}

function narrowest(line: readonly ColumnPlan[]): number {
  return line.reduce((total, plan, index) => total + (index > 0 ? gapBefore(plan).length : 0) + plan.narrowest, 0);
}

/** Numbers seldom fill their column to the left. */
function gapBefore({ align }: Pick<Column, 'align'>): string {
  return align === 'right' ? ' ' : '  ';
}

/** Gives the room that is left, evenly, to the columns that can use it. */
function share(line: readonly ColumnPlan[], room: number): Column[] {
  const widths = line.map((plan) => plan.narrowest);
  let spare = room - narrowest(line);
  for (let before = -1; spare > 0 && spare !== before;) {
    before = spare;
    line.forEach((plan, index) => {
      const more = Math.min(spare, plan.weight ?? 1, plan.widest - widths[index]!);
      widths[index]! += more;
      spare -= more;
    });
  }
  return line.map(({ title, align, text }, index) => ({ title, align, text, width: widths[index]! }));
}

/** The lines of titles. */
export function tableHeader(layout: TableLayout): string {
  return tableLines(layout, (column) => column.title);
}

/** The lines of one flow, each with its newline. Nothing of them but newlines moves the cursor. */
export function tableRow(layout: TableLayout, flow: FlowRow): string {
  return tableLines(layout, (column) => column.text(flow, column.width));
}

function tableLines(layout: TableLayout, textOf: (column: Column) => string): string {
  let lines = '';
  layout.forEach((line, index) => {
    let cells = index === 0 ? '' : indent;
    line.forEach((column, position) => (cells += (position > 0 ? gapBefore(column) : '') + fit(textOf(column), column.width, column.align)));
    lines += `${cells.trimEnd()}\n`;
  });
  return lines;
}

function endpointsText(flow: FlowRow, width: number): string {
  const source = endpoint(flow.srcIp, flow.srcPort, flow.protocol);
  const destination = endpoint(flow.dstIp, flow.dstPort, flow.protocol);
  const room = width - arrow.length;
  const half = Math.floor(room / 2);
  // A short end leaves its room to the long one.
  const sourceRoom = Math.max(half, room - endpointWidth(destination));
  return shorten(source, sourceRoom) + arrow + shorten(destination, room - Math.min(sourceRoom, endpointWidth(source)));
}

interface Endpoint {
  readonly address: string;
  readonly port: string;
}

function endpoint(ip: string, port: number, protocol: number): Endpoint {
  const address = visible(ip);
  const hasPorts = protocol === 6 || protocol === 17 || port !== 0;
  if (!hasPorts) return { address, port: '' };
  return { address: address.includes(':') ? `[${address}` : address, port: `${address.includes(':') ? ']' : ''}:${port}` };
}

function endpointWidth({ address, port }: Endpoint): number {
  return displayWidth(address) + port.length;
}

/** A long address loses its end, never its port. */
function shorten({ address, port }: Endpoint, room: number): string {
  return cut(address, room - port.length) + port;
}

/** Most flows that are made into text at once: signals and timers get their turn in between. */
const stride = 512;

/** A Transform from flow batches to the lines of the table, for a terminal of this width. */
export class FlowTable extends Transform {
  readonly #width: number;
  #layout: TableLayout | null = null;
  /** Damage is this stage's to tell, and the command does it. */
  readonly #runs = new TakenRuns();

  constructor(width: number) {
    super({ writableObjectMode: true, writableHighWaterMark: 1 });
    this.#width = width;
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (!(chunk instanceof FlowBatch)) {
      callback(new FlowError('ERR_NFSTREAM_BATCH_TYPE', 'The table takes FlowBatch objects, as aggregate() gives them.'));
      return;
    }
    this.#runs.take(chunk.schema.run);
    if (this.#layout === null) {
      this.#layout = layoutTable(chunk.schema, this.#width);
      this.push(tableHeader(this.#layout));
    }
    this.#print(chunk, 0, this.#layout, callback);
  }

  #print(batch: FlowBatch, from: number, layout: TableLayout, callback: TransformCallback): void {
    if (this.destroyed) {
      callback();
      return;
    }
    let text = '';
    for (const flow of batch.slice(from, from + stride)) text += tableRow(layout, flow);
    if (from + stride >= batch.length) callback(null, text);
    else {
      this.push(text);
      setImmediate(() => this.#print(batch, from + stride, layout, callback));
    }
  }
}
