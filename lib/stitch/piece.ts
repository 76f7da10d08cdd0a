import { exactAt, valueAt, type FlowColumn, type FlowValue, type IntColumn, type TextColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { readPeriods, type Periods } from './periods.js';
import type { Plan } from './plan.js';
import { SameText } from './same-text.js';
import { readWindows, type Windows } from './windows.js';

/** A value for each direction: from source to destination, and back. */
export type Pair<T> = readonly [forward: T, backward: T];

/** Packets, bytes and times of one direction; times in nanoseconds, 0 without a packet. */
export interface Amounts {
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly first: bigint;
  readonly last: bigint;
}

/** Sums of squares, of sizes by direction and of gaps: of the flow and by direction. */
export interface Squares {
  readonly sizes: Pair<bigint>;
  readonly gaps: readonly [all: bigint, forward: bigint, backward: bigint];
}

/** One piece, or several that were put together; these by value. */
export interface Piece {
  /** The value of a column of the plan's input, by its index; of several pieces only of those that the output has. */
  readonly cell: (index: number) => FlowValue;
  readonly ways: Pair<Amounts>;
  /** These are null where no column needs them. */
  readonly squares: Squares | null;
  readonly periods: Periods | null;
  readonly windows: Windows | null;
  /** First bytes of payload, in hex. */
  readonly payloads: Pair<string> | null;
  /** How much its label says. */
  readonly label: bigint;
  /** Which end of the key is the source. */
  readonly larger: boolean;
  /** Dissected packets of the piece whose label it has. */
  readonly dissected: bigint;
  /** The dissection of the first piece was not over at its end. */
  readonly undecided: boolean;
  /** Names of the captures of its pieces. */
  readonly captures: readonly string[];
  /** Columns, by their indices, that may differ from those of the whole run. */
  readonly inexact: ReadonlySet<number>;
}

/** Reads the columns of pieces in the batches of one plan. */
export class PieceReader {
  readonly plan: Plan;
  readonly #at: Readonly<Record<Own, number>>;
  /** The columns of amounts of each direction. */
  readonly #amounts: Pair<readonly number[]>;
  readonly #point: SameText;
  readonly #capture: SameText;
  /** The capture that was told last, alone. */
  #own: readonly string[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
    this.#at = Object.fromEntries(ownColumns.map((name) => [name, plan.at(`piece_${name}`)])) as Record<Own, number>;
    this.#amounts = [amountColumns(plan, 'src2dst'), amountColumns(plan, 'dst2src')];
    this.#point = new SameText(this.#at.point);
    this.#capture = new SameText(this.#at.capture);
  }

  isBounds(batch: FlowBatch, row: number): boolean {
    const { offsets, bytes } = batch.columns[this.#at.row] as TextColumn;
    return bytes[offsets[row]!] === bounds && offsets[row + 1]! > offsets[row]!;
  }
  point(batch: FlowBatch, row: number): string {
    return this.#point.read(batch, row);
  }
  capture(batch: FlowBatch, row: number): string {
    return this.#capture.read(batch, row);
  }
  /** The bytes of a row's key, a character each. */
  key(batch: FlowBatch, row: number): string {
    const { offsets, bytes } = batch.columns[this.#at.key] as TextColumn;
    return latin1(bytes, offsets[row]!, offsets[row + 1]!);
  }
  /** The clock at the first packet of a row's capture. */
  clock(batch: FlowBatch, row: number): bigint {
    return (batch.columns[this.#at.clock_ns] as IntColumn).values[row]!;
  }
  /** Whether two rows are of captures that began at the same time. */
  sameClock(batch: FlowBatch, row: number, other: number): boolean {
    const { halves } = batch.columns[this.#at.clock_ns] as IntColumn;
    return halves[2 * row] === halves[2 * other] && halves[2 * row + 1] === halves[2 * other + 1];
  }
  /** Whether the piece ended with its capture. */
  isOpen(batch: FlowBatch, row: number): boolean {
    return (batch.columns[this.#at.end] as IntColumn).halves[2 * row] === endOfSource;
  }
  /** The time of the first packet, in whole milliseconds. */
  firstMs(batch: FlowBatch, row: number): number {
    return msAt(batch.columns[this.#at.src2dst_first_ns] as IntColumn, row);
  }
  /** The time of the last packet, in whole milliseconds. */
  lastMs(batch: FlowBatch, row: number): number {
    const forward = msAt(batch.columns[this.#at.src2dst_last_ns] as IntColumn, row);
    const { halves } = batch.columns[this.#at.dst2src_packets] as IntColumn;
    if ((halves[2 * row]! | halves[2 * row + 1]!) === 0) return forward;
    return Math.max(forward, msAt(batch.columns[this.#at.dst2src_last_ns] as IntColumn, row));
  }
  /** Whether the first packet is from before a time in nanoseconds. */
  beginsBefore(batch: FlowBatch, row: number, ns: bigint): boolean {
    return (batch.columns[this.#at.src2dst_first_ns] as IntColumn).values[row]! < ns;
  }
  text(batch: FlowBatch, row: number, name: string): string {
    return textOf(batch.columns[this.plan.at(name)]!, row);
  }

  /** A piece; its cells are read in the batch when they are asked for. */
  read(batch: FlowBatch, row: number): Piece {
    const { plan } = this;
    const int = (name: string): bigint => (batch.columns[plan.at(name)] as IntColumn).values[row]!;
    const wide = (name: string): bigint => (BigInt.asUintN(64, int(`${name}_high`)) << 64n) | BigInt.asUintN(64, int(name));
    return {
      cell: (index) => exactAt(batch.columns[index]!, row),
      ways: this.#ways(batch, row),
      squares: plan.has('squares') ? squaresOf((name) => wide(`piece_${name}_squares`)) : null,
      periods: plan.has('periods') ? readPeriods(int, wide) : null,
      windows: plan.has('windows') ? readWindows(int) : null,
      payloads: plan.has('payloads') ? [this.text(batch, row, 'piece_src2dst_payload'), this.text(batch, row, 'piece_dst2src_payload')] : null,
      label: int('piece_label'),
      larger: int('piece_larger') === 1n,
      dissected: int('piece_dissected'),
      undecided: int('piece_undecided') === 1n,
      captures: this.captures(batch, row),
      inexact: none,
    };
  }

  /** The capture of a row, alone in a list: the same list as long as it is the same capture. */
  captures(batch: FlowBatch, row: number): readonly string[] {
    const name = this.capture(batch, row);
    if (this.#own.length !== 1 || this.#own[0] !== name) this.#own = [name];
    return this.#own;
  }

  #ways(batch: FlowBatch, row: number): Pair<Amounts> {
    const int = (column: number): bigint => (batch.columns[column] as IntColumn).values[row]!;
    return [amountsOf(int, this.#amounts[0]), amountsOf(int, this.#amounts[1])];
  }
}

/** Columns of pieces that are read of every row, without the `piece_` that their names begin with. */
const ownColumns = ['row', 'point', 'capture', 'key', 'end', 'clock_ns', 'src2dst_first_ns', 'src2dst_last_ns', 'dst2src_last_ns', 'dst2src_packets'] as const;
type Own = (typeof ownColumns)[number];

function amountColumns(plan: Plan, way: string): number[] {
  return ['packets', 'bytes', 'first_ns', 'last_ns'].map((amount) => plan.at(`piece_${way}_${amount}`));
}

function amountsOf(int: (column: number) => bigint, [packets, bytes, first, last]: readonly number[]): Amounts {
  return { packets: int(packets!), bytes: int(bytes!), first: int(first!), last: int(last!) };
}

/** Whole milliseconds of nanoseconds, without a bigint for each row: 2^32 are 4,294 million and 967,296. */
function msAt({ halves, values }: IntColumn, row: number): number {
  const high = halves[2 * row + 1]!;
  if (high < 0) return Number(values[row]! / 1_000_000n);
  return 4294 * high + Math.floor((967_296 * high + (halves[2 * row]! >>> 0)) / 1e6);
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, from, to);
}

const none: ReadonlySet<number> = new Set();
const bounds = 'b'.charCodeAt(0);

/** The export_reason of a flow that ended with its source. */
const endOfSource = 2;

function squaresOf(sum: (name: string) => bigint): Squares {
  return {
    sizes: [sum('src2dst_ps'), sum('dst2src_ps')],
    gaps: [sum('bidirectional_piat'), sum('src2dst_piat'), sum('dst2src_piat')],
  };
}

/** The text of a row; '' where it is null or no text. */
function textOf(column: FlowColumn, row: number): string {
  const value = valueAt(column, row);
  return typeof value === 'string' ? value : '';
}

/** Time of the last packet of both directions. */
export function lastOf(forward: Amounts, backward: Amounts): bigint {
  if (forward.packets === 0n) return backward.last;
  return backward.packets > 0n && backward.last > forward.last ? backward.last : forward.last;
}
