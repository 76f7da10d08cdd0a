import { ByteWriter } from '../../byte-writer.js';
import { FlowError } from '../../errors.js';
import type { CicDialect } from '../../formats.js';
import { numberOf, valueAt, type FlowColumn, type IntColumn } from '../../flows/columns.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import type { Field } from '../../schema/fields.js';
import type { Schema } from '../../schema/schema.js';
import type { Encoder } from '../encoder.js';
import { putFloat, putInt } from '../numbers.js';
import { dialectColumns, type CicColumn } from './dialects.js';
import { cicNumbers, type Cells, type CicNumber } from './features.js';

/** How CICFlowMeter's files are written. */
export interface CicOptions {
  /**
   * Whose header and columns: 'v4', those of CICFlowMeter 4; '2017', those of CIC-IDS2017's files for machine learning; '2017-labelled', those of its labelled flows; '2018', those of
   * CSE-CIC-IDS2018. Default 'v4'.
   */
  dialect?: CicDialect;
}

/** Microseconds in a unit of time, by the ending of a column's name. */
const microseconds: Readonly<Record<string, number>> = { ms: 1000, us: 1, ns: 0.001 };

/** Where a number stands in a batch. */
interface Place {
  readonly name: CicNumber;
  readonly index: number;
  /** Microseconds that 1 is, of a time. */
  readonly scale: number;
}

/** What CICFlowMeter writes for a flow that nobody has labelled. */
const noLabel = 'NeedManualLabel';

/**
 * CSV with the columns of CICFlowMeter, as a view of flows that have the columns of `features: 'cicflowmeter'`: no value is empty, NaN or infinite. Times are in microseconds, points in time
 * `dd/MM/yyyy HH:mm:ss` in UTC.
 */
export class CicEncoder implements Encoder {
  readonly stride = 256;
  readonly #out = new ByteWriter();
  readonly #columns: readonly CicColumn[];
  readonly #cells = Object.fromEntries(Object.keys(cicNumbers).map((name) => [name, 0])) as Cells;
  #places: readonly Place[] = [];
  #texts: Readonly<Record<'src_ip' | 'dst_ip', number>> = { src_ip: -1, dst_ip: -1 };
  #label = -1;

  constructor({ dialect }: Required<CicOptions>) {
    this.#columns = dialectColumns(dialect);
  }

  /** @throws {FlowError} ERR_NFSTREAM_COLUMN for a column that is not there, or not as a number */
  start(schema: Schema): Uint8Array {
    this.#places = (Object.keys(cicNumbers) as CicNumber[]).map((name) => placeOf(schema.fields, name));
    this.#texts = { src_ip: columnOf(schema.fields, 'src_ip', 'text'), dst_ip: columnOf(schema.fields, 'dst_ip', 'text') };
    this.#label = schema.fields.findIndex(({ name, type }) => name === 'label' && type === 'text');
    putText(this.#out, `${this.#columns.map(({ name }) => name).join(',')}\n`);
    return this.#out.take();
  }

  encode(batch: FlowBatch, from: number, to: number): Uint8Array {
    for (let row = from; row < to; row++) this.#row(batch.columns, row);
    return this.#out.take();
  }

  finish(): Uint8Array {
    return this.#out.take();
  }

  #row(columns: readonly FlowColumn[], row: number): void {
    const cells = this.#cells;
    for (const { name, index, scale } of this.#places) cells[name] = numberAt(columns[index]!, row) * scale;
    const source = textAt(columns[this.#texts.src_ip]!, row);
    const destination = textAt(columns[this.#texts.dst_ip]!, row);
    const out = this.#out;
    this.#columns.forEach((column, index) => {
      if (index > 0) putText(out, ',');
      switch (column.kind) {
        case 'flow id':
          return putText(out, quoted(`${source}-${destination}-${cells.src_port}-${cells.dst_port}-${cells.protocol}`));
        case 'source':
          return putText(out, quoted(source));
        case 'destination':
          return putText(out, quoted(destination));
        case 'time':
          return putText(out, timeText(cells.bidirectional_first_seen));
        case 'label':
          return putText(out, quoted(this.#label < 0 ? noLabel : textAt(columns[this.#label]!, row) || noLabel));
        case 'int':
          return putWhole(out, column.value(cells));
        case 'real':
          return putFloat(out, column.value(cells));
      }
    });
    putText(out, '\n');
  }
}

/** The place of a column of this type. */
function columnOf(fields: readonly Field[], name: string, ...types: Field['type'][]): number {
  const index = fields.findIndex((field) => field.name === name && types.includes(field.type));
  if (index >= 0) return index;
  const there = fields.some((field) => field.name === name);
  throw new FlowError(
    'ERR_NFSTREAM_COLUMN',
    there
      ? `CICFlowMeter's columns need ${name} as ${types.includes('text') ? 'text' : "a number: leave timestamps at 'int'"}.`
      : `CICFlowMeter's columns need the column ${name}; give features: 'cicflowmeter' (--features cicflowmeter).`,
  );
}

function placeOf(fields: readonly Field[], name: CicNumber): Place {
  if (!cicNumbers[name]) return { name, index: columnOf(fields, name, 'int', 'float'), scale: 1 };
  const unit = Object.keys(microseconds).find((one) => fields.some((field) => field.name === `${name}_${one}`)) ?? 'us';
  return { name, index: columnOf(fields, `${name}_${unit}`, 'int', 'float'), scale: microseconds[unit]! };
}

function numberAt(column: FlowColumn, row: number): number {
  if (column.valid !== null && column.valid[row] === 0) return 0;
  return column.type === 'float' ? column.values[row]! : numberOf((column as IntColumn).halves, row);
}

function textAt(column: FlowColumn, row: number): string {
  return (valueAt(column, row) as string | null) ?? '';
}

/** A field of CSV, by RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function putText(out: ByteWriter, text: string): void {
  const bytes = Buffer.from(text);
  out.copy(bytes, 0, bytes.length);
}

function putWhole(out: ByteWriter, value: number): void {
  const whole = Math.round(value);
  putInt(out, whole | 0, Math.floor(whole / 4294967296));
}

/** What a date can be at most, in milliseconds: a file of flows may say anything. */
const latest = 8.64e15;

/** `dd/MM/yyyy HH:mm:ss` in UTC. */
function timeText(us: number): string {
  const [, year, month, day, time] = /^\+?(-?\d+)-(\d+)-(\d+)T(.{8})/.exec(new Date(Math.max(-latest, Math.min(us / 1000, latest))).toISOString())!;
  return `${day}/${month}/${year} ${time}`;
}
