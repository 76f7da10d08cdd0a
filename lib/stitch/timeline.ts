import { FlowError, quoted, shortened } from '../errors.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { parsePieceRun, sharedOptions, type PieceRun } from '../schema/piece-fields.js';
import { merged } from './merge.js';
import type { Piece, PieceReader } from './piece.js';

/** Whether a row of a batch may leave, and as what. */
export const rowState = Object.freeze({
  /** It is a flow as it is. */
  whole: 0,
  /** It ended with its capture: a later piece may join it. */
  waits: 1,
  /** It is part of a flow that leaves with a later row. */
  moved: 2,
  /** It ended with its capture, and a later one has been silent for too long. */
  expired: 3,
  /** It is no flow. */
  bounds: 4,
} as const);

/** A batch whose rows wait to leave in their order. */
export interface Held {
  readonly batch: FlowBatch;
  readonly states: Uint8Array;
  /** The flows of rows that more than one piece went into. */
  readonly merged: Map<number, Piece>;
  /** Rows that began before the clock of the captures before theirs had come so far. */
  readonly late: Set<number>;
  /** The first row that has not left. */
  next: number;
}

/** The newest piece of a flow that may go on. */
interface Open {
  readonly held: Held;
  readonly row: number;
  /** The time of its last packet, in whole milliseconds, as timeouts compare it. */
  readonly lastMs: number;
  /** Which capture it is from, counted. */
  readonly capture: number;
}

/** What a timeline has met that no exact answer comes of. */
export interface TimelineReport {
  captures: number;
  /** Captures that begin before the clock of those before them. */
  lateCaptures: number;
}

/** The captures of one observation point, in the order of their times: which pieces are one flow, and when each may leave. */
export class Timeline {
  readonly point: string;
  readonly #reader: PieceReader;
  readonly #open = new Map<string, Open>();
  readonly #report: TimelineReport;
  #capture: { readonly name: string; readonly clock: bigint } | null = null;
  /** The last one that had bounds. */
  #before: { readonly name: string; readonly clock: bigint } | null = null;
  #run: PieceRun | null = null;
  /** The largest time of the captures that have had their bounds. */
  #clock: bigint | null = null;
  #clockMs = -Infinity;
  /** A piece that begins later joins none of those that are open. */
  #joinableMs = -Infinity;

  constructor(point: string, reader: PieceReader, report: TimelineReport) {
    this.point = point;
    this.#reader = reader;
    this.#report = report;
  }

  /** Takes the next row. @returns whether it is a piece, and no bounds @throws {FlowError} ERR_NFSTREAM_STITCH */
  take(held: Held, row: number): boolean {
    const { batch } = held;
    const reader = this.#reader;
    const name = reader.capture(batch, row);
    // The row before has mostly the same clock, which makes no bigint.
    const same = this.#capture !== null && name === this.#capture.name && row > 0 && reader.sameClock(batch, row, row - 1);
    if (!same) this.#look(name, reader.clock(batch, row));
    if (reader.isBounds(batch, row)) {
      held.states[row] = rowState.bounds;
      this.#end(reader.text(batch, row, 'piece_run'));
      return false;
    }
    const begins = reader.firstMs(batch, row);
    const late = begins <= this.#clockMs && reader.beginsBefore(batch, row, this.#clock!);
    if (late) held.late.add(row);
    const firstMs = late ? this.#clockMs : begins;
    const mayJoin = firstMs <= this.#joinableMs;
    const isOpen = reader.isOpen(batch, row);
    const counts = mayJoin || isOpen;
    const key = counts ? reader.key(batch, row) : '';
    const before = counts ? this.#open.get(key) : undefined;
    if (before !== undefined) this.#join(key, before, held, row, firstMs);
    if (!isOpen) {
      held.states[row] = rowState.whole;
      return true;
    }
    held.states[row] = rowState.waits;
    const lastMs = late ? Math.max(reader.lastMs(batch, row), this.#clockMs) : reader.lastMs(batch, row);
    this.#open.set(key, { held, row, lastMs, capture: this.#report.captures });
    return true;
  }

  /** No capture comes any more. @throws {FlowError} ERR_NFSTREAM_STITCH when the last one lacks its bounds */
  finish(): void {
    if (this.#capture !== null) throw withoutBounds(this.#capture.name);
    for (const { held, row } of this.#open.values()) held.states[row] = rowState.whole;
    this.#open.clear();
  }

  #join(key: string, before: Open, held: Held, row: number, nowMs: number): void {
    const { plan } = this.#reader;
    const run = this.#run!;
    this.#open.delete(key);
    if (run.idleTimeout !== null && nowMs - before.lastMs >= run.idleTimeout) {
      before.held.states[before.row] = rowState.expired;
      return;
    }
    const earlier = before.held.merged.get(before.row) ?? this.#reader.read(before.held.batch, before.row);
    before.held.states[before.row] = rowState.moved;
    before.held.merged.delete(before.row);
    const inexact = before.held.late.has(before.row) ? timed(plan.columns) : [];
    const piece = merged(plan, earlier, this.#reader.read(held.batch, row), run);
    held.merged.set(row, inexact.length === 0 ? piece : { ...piece, inexact: new Set([...piece.inexact, ...inexact]) });
  }

  #look(name: string, clock: bigint): void {
    if (this.#capture === null || clock !== this.#capture.clock || name !== this.#capture.name) this.#begin(name, clock);
  }

  #begin(name: string, clock: bigint): void {
    if (this.#capture !== null) throw withoutBounds(this.#capture.name);
    const before = this.#before;
    if (before !== null && clock === before.clock && name === before.name)
      throw new FlowError('ERR_NFSTREAM_STITCH', `The capture ${quoted(name)} is there twice; give each file of pieces once.`);
    // A capture whose clock never moved has none.
    if (this.#clock !== null && clock !== 0n && clock < this.#clock) this.#report.lateCaptures++;
    this.#capture = { name, clock };
  }

  #end(text: string): void {
    const { name, clock } = this.#capture!;
    const run = parsePieceRun(text);
    if (run === null)
      throw new FlowError('ERR_NFSTREAM_STITCH', `The row of bounds of the capture ${quoted(name)} is damaged: piece_run is ${shortened(text)}.`);
    const other = this.#run === null ? undefined : sharedOptions.find((option) => run[option] !== this.#run![option]);
    if (other !== undefined)
      throw new FlowError(
        'ERR_NFSTREAM_STITCH',
        `The pieces of the capture ${quoted(name)} were made with ${other} ${shortened(String(run[other]))}, those before with ${shortened(String(this.#run![other]))}; make all with the same options.`,
      );
    this.#run = run;
    const own = this.#report.captures++;
    this.#capture = null;
    if (run.clock === null) return;
    this.#before = { name, clock };
    const last = BigInt(run.clock);
    if (this.#clock === null || last > this.#clock) this.#clock = last;
    this.#clockMs = Number(this.#clock / 1_000_000n);
    this.#expire(run, own);
    this.#joinableMs = this.#open.size === 0 ? -Infinity : this.#clockMs + (run.idleTimeout ?? Infinity);
  }

  /** What was open at the end of the last capture was not over there. */
  #expire({ idleTimeout }: PieceRun, own: number): void {
    if (idleTimeout === null) return;
    const latest = this.#clockMs - idleTimeout;
    for (const [key, { held, row, lastMs, capture }] of this.#open) {
      if (lastMs > latest || capture === own) continue;
      held.states[row] = rowState.expired;
      this.#open.delete(key);
    }
  }
}

/** Columns that a packet from before the clock changes: it counts at the clock's time in the whole run. */
export function timed(columns: PieceReader['plan']['columns']): number[] {
  return columns.filter(({ merge }) => ofTime.has(merge)).map(({ index }) => index);
}

const ofTime: ReadonlySet<string> = new Set([
  'earliest',
  'latest',
  'duration',
  'rate',
  'least gap',
  'most gap',
  'mean gap',
  'deviation of gaps',
  'period',
  'list',
  'end',
  'uid',
]);

function withoutBounds(name: string): FlowError {
  return new FlowError(
    'ERR_NFSTREAM_STITCH',
    `The pieces of the capture ${quoted(name)} have no row of bounds behind them: the file was cut off, or rows are out of order. Make it anew.`,
  );
}
