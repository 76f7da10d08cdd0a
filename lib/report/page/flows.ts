import type { Table } from '@uwdata/flechette';
import { chunkOf, durationsOf, type Chunk } from '../gather/chunk.js';
import type { Dimension } from '../gather/cubes.js';
import { Gathered, type Kept } from '../gather/gathered.js';
import type { ColumnFinder, ReadColumn, Role } from '../gather/roles.js';
import { tell, type Told } from '../gather/told.js';
import { Texts } from '../../text/texts.js';
import type { Filters } from './filters.js';

/** The columns that tell each dimension. */
const rolesOf: Readonly<Record<Exclude<Dimension, 'time' | 'risk'>, readonly Role[]>> = {
  application: ['application'],
  category: ['category'],
  host: ['source', 'destination'],
  protocol: ['protocol'],
  port: ['port'],
  tcpState: ['tcpState'],
  tlsVersion: ['tlsVersion'],
  ja4: ['ja4'],
  serverName: ['serverName'],
  dnsName: ['dnsName'],
  dnsCode: ['dnsCode'],
};

interface Part {
  readonly chunk: Chunk;
  readonly from: number;
  /** Sums of protocol, port and application of each flow: how many flows have the same. */
  readonly left: Uint16Array;
}

/** Flows inside of the page. */
export class Flows {
  readonly table: Table;
  readonly length: number;
  readonly texts = new Texts();
  readonly #parts: readonly Part[];
  /** Rows that every filter keeps. */
  rows: Uint32Array<ArrayBuffer>;

  constructor(table: Table) {
    this.table = table;
    this.length = table.numRows;
    let from = 0;
    this.#parts = (table.children[0]?.data ?? []).map((batch, index) => {
      const find: ColumnFinder = (name) => {
        const column = table.getChild(name);
        return column === undefined || column === null ? null : readColumn(column.data[index] as unknown as RawBatch);
      };
      const part = { chunk: chunkOf(find, 0, batch.length, this.texts), from, left: new Uint16Array(batch.length) };
      from += batch.length;
      return part;
    });
    this.rows = Uint32Array.from({ length: this.length }, (_, row) => row);
  }

  /** What the figures show of the flows that are kept; notes those. */
  gather(filters: Filters): Told {
    const bits = this.#mark(filters);
    const gathered = new Gathered();
    for (const { chunk, left } of this.#parts) gathered.add(chunk, this.texts, { left, bits });
    const rows = new Uint32Array(this.length);
    let count = 0;
    for (const { from, left } of this.#parts) for (let row = 0; row < left.length; row++) if (left[row] === 0) rows[count++] = from + row;
    this.rows = rows.slice(0, count);
    return tell(gathered, this.texts, 1);
  }

  /** An amount of every flow. */
  amounts(of: (chunk: Chunk) => Float64Array | undefined): Float64Array {
    const all = new Float64Array(this.length).fill(NaN);
    for (const { chunk, from } of this.#parts) {
      const some = of(chunk);
      if (some !== undefined) all.set(some, from);
    }
    return all;
  }

  /** How long every flow lasted. */
  durations(): Float64Array {
    return this.amounts(durationsOf);
  }

  /** How strange every flow is: the bits that say which kind it is of, by protocol, port and application, and a tenth of its risk score. @param of flows of a kind, where they are known */
  strangeness(flows: number, of: Map<string, number>): Float64Array {
    return this.amounts(({ length, codes: { protocol, port, application }, amounts: { riskScore } }) => {
      if (protocol === undefined || port === undefined) return riskScore;
      return Float64Array.from({ length }, (_, row) => {
        const kind = `${protocol[row]} ${port[row]} ${this.texts.text(application?.[row] ?? 0)}`;
        const score = riskScore?.[row] ?? 0;
        return Math.log2(flows / (of.get(kind) ?? 1)) + (score > 0 ? score / 10 : 0);
      });
    });
  }

  /** Gives each row a bit for each filter that leaves it out. */
  #mark({ values, span }: Filters): Kept['bits'] {
    const bits: Partial<Record<Dimension, number>> = {};
    let bit = 1;
    for (const { left } of this.#parts) left.fill(0);
    for (const [dimension, chosen] of values) {
      bits[dimension] = bit;
      const codes = new Set([...chosen].map((value) => (typeof value === 'string' ? this.texts.addString(value) : value)));
      for (const { chunk, left } of this.#parts) this.#leaveOut(chunk, left, dimension, codes, bit);
      bit <<= 1;
    }
    if (span === null) return bits;
    bits.time = bit;
    for (const { chunk, left } of this.#parts) {
      const { first, last } = chunk.amounts;
      if (first === undefined) continue;
      for (let row = 0; row < left.length; row++) {
        const end = last === undefined ? first[row]! : Math.max(first[row]!, last[row]!);
        if (!(first[row]! < span.toMs && end >= span.fromMs)) left[row]! |= bit;
      }
    }
    return bits;
  }

  #leaveOut({ codes }: Chunk, left: Uint16Array, dimension: Dimension, chosen: ReadonlySet<number>, bit: number): void {
    if (dimension === 'risk') {
      for (let row = 0; row < left.length; row++) {
        const risks = codes.risks?.[row] ?? 0;
        if (risks === 0 || !this.texts.partsOf(risks).some((risk) => chosen.has(risk))) left[row]! |= bit;
      }
      return;
    }
    if (dimension === 'time') return;
    const columns = rolesOf[dimension].map((role) => codes[role]);
    for (let row = 0; row < left.length; row++) if (!columns.some((column) => column !== undefined && chosen.has(column[row]!))) left[row]! |= bit;
  }
}

/** A batch of a column as flechette has it. */
interface RawBatch {
  readonly length: number;
  readonly nullCount: number;
  readonly validity?: Uint8Array;
  readonly values?: ArrayLike<number> | BigInt64Array | Uint8Array;
  readonly offsets?: Int32Array;
}

function readColumn({ length, nullCount, validity, values, offsets }: RawBatch): ReadColumn | null {
  let valid: Uint8Array | null = null;
  if (nullCount > 0 && validity !== undefined) valid = Uint8Array.from({ length }, (_, row) => (validity[row >> 3]! >> (row & 7)) & 1);
  if (values === undefined) return null;
  if (offsets !== undefined) return { type: 'text', offsets, bytes: values as Uint8Array, valid };
  if (values instanceof BigInt64Array) return { type: 'int', halves: new Int32Array(values.buffer, values.byteOffset, 2 * values.length), valid };
  return { type: 'float', values: values as ArrayLike<number>, valid };
}
