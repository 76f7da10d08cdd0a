import { FlowError } from '../errors.js';
import type { FlowColumn, IntColumn, TextColumn } from '../flows/columns.js';
import { seenColumn, type SeenColumn } from '../flows/seen-times.js';
import { TextNumbers } from '../flows/text-numbers.js';
import type { Schema } from '../schema/schema.js';
import { ipBytes } from '../text/address-bytes.js';
import type { RuleIndex } from './rule-index.js';

/** Addresses whose networks are remembered. */
const mostAddresses = 65_536;

/** Bytes of the longest address in text. */
const longestAddress = 45;

/** What rules ask of a flow: its ends, and its times. */
export class Endpoints {
  /** Numbers of the narrowest networks of rules. */
  source = 0;
  destination = 0;
  /** -1 where there is none. */
  sourcePort = -1;
  destinationPort = -1;
  protocol = -1;
  /** The times in which a rule must hold, in milliseconds since 1970. */
  first = 0;
  last = 0;
  readonly #networks: TextNumbers;
  readonly #addresses: readonly [source: number, destination: number] | null;
  readonly #ports: readonly [source: number, destination: number] | null;
  readonly #protocol: number | null;
  readonly #firstSeen: SeenColumn | null;
  readonly #lastSeen: SeenColumn | null;
  #columns: readonly FlowColumn[] = [];

  /**
   * @param overlap whether a rule may hold at any time of the flow, and not only at its begin
   * @throws {FlowError} ERR_NFSTREAM_COLUMN for a column that is needed and missing
   */
  constructor(schema: Schema, index: RuleIndex, overlap: boolean) {
    this.#networks = new TextNumbers(mostAddresses, (bytes, from, to) =>
      index.networkOf(to - from > longestAddress ? null : ipBytes(String.fromCharCode(...bytes.subarray(from, to)))),
    );
    const { addresses, ports, protocol, times } = index.uses;
    this.#addresses = addresses ? [columnOf(schema, 'text', 'src_ip', 'ip_src'), columnOf(schema, 'text', 'dst_ip', 'ip_dst')] : null;
    this.#ports = ports ? [columnOf(schema, 'int', 'src_port'), columnOf(schema, 'int', 'dst_port')] : null;
    this.#protocol = protocol ? columnOf(schema, 'int', 'protocol', 'ip_protocol') : null;
    this.#firstSeen = times ? seen(schema, 'first') : null;
    this.#lastSeen = times && overlap ? seen(schema, 'last') : null;
  }

  /** The columns of the next batch. */
  take(columns: readonly FlowColumn[]): void {
    this.#columns = columns;
  }

  /** Reads what is asked of the flow of a row. */
  read(row: number): void {
    const columns = this.#columns;
    if (this.#addresses !== null) {
      this.source = this.#networkAt(columns[this.#addresses[0]] as TextColumn, row);
      this.destination = this.#networkAt(columns[this.#addresses[1]] as TextColumn, row);
    }
    if (this.#ports !== null) {
      this.sourcePort = smallAt(columns[this.#ports[0]] as IntColumn, row);
      this.destinationPort = smallAt(columns[this.#ports[1]] as IntColumn, row);
    }
    if (this.#protocol !== null) this.protocol = smallAt(columns[this.#protocol] as IntColumn, row);
    if (this.#firstSeen === null) return;
    this.first = this.last = this.#firstSeen.read(columns[this.#firstSeen.index]!, row);
    if (this.#lastSeen !== null) this.last = this.#lastSeen.read(columns[this.#lastSeen.index]!, row);
  }

  #networkAt({ bytes, offsets }: TextColumn, row: number): number {
    return this.#networks.of(bytes, offsets[row]!, offsets[row + 1]!);
  }
}

function seen(schema: Schema, which: 'first' | 'last'): SeenColumn {
  const column = seenColumn(schema, which);
  if (column === null) throw missing(`bidirectional_${which}_seen_ms`);
  return column;
}

function columnOf({ fields }: Schema, type: 'int' | 'text', ...names: readonly string[]): number {
  const index = fields.findIndex((field) => names.includes(field.name));
  if (index < 0) throw missing(names[0]!);
  if (fields[index]!.type !== type)
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `label() needs ${type === 'int' ? 'integers' : 'text'} in the column ${fields[index]!.name}, which holds something else.`,
    );
  return index;
}

function missing(name: string): FlowError {
  return new FlowError('ERR_NFSTREAM_COLUMN', `label() needs the column ${name}, but these flows have none; keep it among the columns.`);
}

/** A number from 0 to 65,535; -1 for null and for any other. */
function smallAt({ halves, valid }: IntColumn, row: number): number {
  const low = halves[2 * row]!;
  return halves[2 * row + 1] === 0 && low >= 0 && low <= 65_535 && (valid === null || valid[row] !== 0) ? low : -1;
}
