import { FlowError, quoted, shortened } from '../errors.js';
import { parsePieceRun, sharedOptions, type PieceRun } from '../schema/piece-fields.js';
import { Captures } from './captures.js';
import { rowState, type Held } from './held.js';
import { Joiner } from './joiner.js';
import { noPiece, OpenPieces } from './open-pieces.js';
import { endOfSource, isBounds, lastMsAt, msAt } from './piece.js';
import type { Plan } from './plan.js';
import { textAt } from './texts.js';

/** What a timeline has met that no exact answer comes of. */
export interface TimelineReport {
  captures: number;
  /** Captures that begin before the clock of those before them. */
  lateCaptures: number;
}

/** A capture whose pieces come. */
interface Capture {
  readonly name: string;
  readonly clock: bigint;
}

/** The captures of one observation point, in the order of their times: which pieces are one flow, and when each may leave. */
export class Timeline {
  readonly point: string;
  readonly #plan: Plan;
  readonly #open = new OpenPieces();
  readonly #report: TimelineReport;
  readonly #joiner: Joiner;
  #capture: Capture | null = null;
  /** The last one that had bounds. */
  #before: Capture | null = null;
  #captures: Captures | null = null;
  #run: PieceRun | null = null;
  /** The largest time of the captures that have had their bounds. */
  #clock: bigint | null = null;
  #clockMs = -Infinity;
  /** A piece that begins later joins none of those that are open. */
  #joinableMs = -Infinity;

  constructor(point: string, plan: Plan, report: TimelineReport) {
    this.point = point;
    this.#plan = plan;
    this.#joiner = new Joiner(plan);
    this.#report = report;
  }

  /** Takes the next rows, `from` to `to` (exclusive), all of one capture: pieces, or its row of bounds alone. @throws {FlowError} ERR_NFSTREAM_STITCH */
  take(held: Held, from: number, to: number): void {
    const { own } = held;
    this.#look(textAt(own.capture, from), own.clock.values[from]!);
    held.begin(from, this.#captures!);
    if (isBounds(own, from)) {
      held.states[from] = rowState.bounds;
      this.#end(textAt(held.columns[this.#plan.at('piece_run')] as typeof own.key, from));
      return;
    }
    for (let row = from; row < to; row++) this.#takePiece(held, row);
  }

  /** Makes the flows of the pieces that were joined. */
  join(): void {
    if (this.#run !== null) this.#joiner.join(this.#run);
  }

  /** No capture comes any more. @throws {FlowError} ERR_NFSTREAM_STITCH when the last one lacks its bounds */
  finish(): void {
    if (this.#capture !== null) throw withoutBounds(this.#capture.name);
    for (const piece of this.#open) this.#leaves(piece, rowState.whole);
  }

  #takePiece(held: Held, row: number): void {
    const { own } = held;
    const begins = msAt(own.first, row);
    const late = begins <= this.#clockMs && own.first.values[row]! < this.#clock!;
    if (late) (held.late ??= new Uint8Array(held.batch.length))[row] = 1;
    const firstMs = late ? this.#clockMs : begins;
    const isOpen = own.end.halves[2 * row] === endOfSource;
    held.states[row] = isOpen ? rowState.waits : rowState.whole;
    if (!isOpen && !(firstMs <= this.#joinableMs)) return;
    const hash = this.#open.hashOf(own.key, row);
    const before = this.#open.find(hash, own.key, row);
    if (before !== noPiece) this.#meet(before, held, row, firstMs);
    if (!isOpen) return;
    const lastMs = late ? Math.max(lastMsAt(own, row), this.#clockMs) : lastMsAt(own, row);
    this.#open.add(hash, held, row, lastMs, this.#report.captures);
  }

  /** A piece of the key of one that is open: it goes on, or came too late. */
  #meet(before: number, held: Held, row: number, firstMs: number): void {
    // Before the first bounds no capture has ended: a second piece of a key is what no run makes.
    if (this.#run === null) return this.#leaves(before, rowState.whole);
    const { idleTimeout } = this.#run;
    if (idleTimeout !== null && firstMs - this.#open.lastMs(before) >= idleTimeout) return this.#leaves(before, rowState.expired);
    this.#joiner.add(this.#open.held(before), this.#open.row(before), held, row, this.#run);
    this.#leaves(before, rowState.moved);
  }

  #leaves(piece: number, state: number): void {
    this.#open.held(piece).states[this.#open.row(piece)] = state;
    this.#open.remove(piece);
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
    this.#captures = new Captures(name);
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
    for (const piece of this.#open) if (this.#open.lastMs(piece) <= latest && this.#open.capture(piece) !== own) this.#leaves(piece, rowState.expired);
  }
}

function withoutBounds(name: string): FlowError {
  return new FlowError(
    'ERR_NFSTREAM_STITCH',
    `The pieces of the capture ${quoted(name)} have no row of bounds behind them: the file was cut off, or rows are out of order. Make it anew.`,
  );
}
