import { FlowError } from '../errors.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { checkOptions } from '../options.js';
import type { Schema } from '../schema/schema.js';
import { FlowStage } from '../flows/flow-stage.js';
import { Turn } from '../stage/turn.js';
import { Exit, type LeftReport } from './exit.js';
import { Held } from './held.js';
import { isBounds, ownColumns, sameCapture } from './piece.js';
import { Plan } from './plan.js';
import { textAt } from './texts.js';
import { Timeline, type TimelineReport } from './timeline.js';

/** What {@link stitch} does with what can't be exact, and what it keeps. */
export interface StitchOptions {
  /** Refuses a flow of which some column may not be that of one run over all packets (ERR_NFSTREAM_STITCH names flow and columns), instead of naming them in `stitch_inexact`. Default false. */
  strict?: boolean;
  /** Keeps where the last piece of each flow stands: piece_point, piece_clock_ns, piece_capture and piece_last_packet. Sorted by them, flows of several runs of stitch() are in the order of the whole run. Default false. */
  keepPlaces?: boolean;
}

/** What {@link FlowStitcher} has done so far. */
export interface StitchReport extends LeftReport, TimelineReport {
  /** Pieces that came. */
  pieces: number;
  /** The most pieces that were held at once. */
  mostHeld: number;
}

/** Flows of a batch. */
const batchRows = 8192;
/** Rows between two looks at the clock. */
const stride = 2048;

/**
 * The stage that puts flows together again that lie in several captures: takes the {@link FlowBatch} objects of runs with `partial`, gives whole flows, in the order and with the
 * ids of one run over all captures. Captures come in the order of their times, those of one observation point behind those of another. Made by {@link stitch}.
 */
export class FlowStitcher extends FlowStage {
  readonly #options: Required<StitchOptions>;
  readonly #turn = new Turn();
  readonly #report: StitchReport = { pieces: 0, flows: 0, joined: 0, inexact: 0, captures: 0, lateCaptures: 0, mostHeld: 0 };
  readonly #points = new Set<string>();
  readonly #waiting: Held[] = [];
  #first = 0;
  #heldRows = 0;
  #schema: Schema | null = null;
  #plan: Plan | null = null;
  #exit: Exit | null = null;
  #timeline: Timeline | null = null;

  /** @internal */
  constructor(options: StitchOptions & { signal?: AbortSignal } = {}) {
    const { strict, keepPlaces, signal } = checkOptions(['stitch'], options) as unknown as Required<StitchOptions> & { signal?: AbortSignal };
    super('stitch()', 'as aggregate({ partial: true }) and fromFile() give them; put one of these before it.');
    this.#options = { strict, keepPlaces };
    this.abortWith(signal);
  }

  /** What was done so far; final after the end. */
  report(): StitchReport {
    return { ...this.#report };
  }

  protected override async acceptFlows(batch: FlowBatch): Promise<void> {
    const exit = await this.#begin(batch.schema);
    if (batch.length === 0) return;
    const held = new Held(batch, ownColumns(this.#plan!, batch));
    this.#waiting.push(held);
    this.#heldRows += batch.length;
    this.#report.mostHeld = Math.max(this.#report.mostHeld, this.#heldRows);
    for (let row = 0; row < batch.length && !this.destroyed;) {
      row += this.#take(held, row, Math.min(batch.length, row + stride));
      if (this.#turn.over()) await this.#turn.next();
    }
    this.#timeline?.join();
    await this.#leave(exit);
  }

  protected override async finish(): Promise<void> {
    if (this.#exit === null) return;
    this.#timeline?.finish();
    await this.#leave(this.#exit);
    if (this.#exit.length > 0) await this.give(this.#exit.batch());
  }

  /** Takes rows that are of one capture, from this one on. @returns how many */
  #take(held: Held, row: number, end: number): number {
    const { own } = held;
    const point = textAt(own.point, row);
    if (this.#timeline?.point !== point) {
      this.#timeline?.join();
      this.#timeline?.finish();
      if (this.#points.has(point))
        throw new FlowError(
          'ERR_NFSTREAM_STITCH',
          `Captures of the observation point ${JSON.stringify(point)} stand in several places; give those of one point one after the other.`,
        );
      this.#points.add(point);
      this.#timeline = new Timeline(point, this.#plan!, this.#report);
    }
    const bounds = isBounds(own, row);
    const rows = bounds ? 1 : sameCapture(own, row, end);
    if (!bounds) this.#report.pieces += rows;
    this.#timeline.take(held, row, row + rows);
    return rows;
  }

  /** The first schema makes the plan; the empty batch that carries the columns of what leaves is given at once. */
  async #begin(schema: Schema): Promise<Exit> {
    if (this.#exit !== null) {
      if (schema !== this.#schema) this.#checkSame(schema);
      return this.#exit;
    }
    this.#schema = schema;
    this.#plan = new Plan(schema, this.#options.keepPlaces);
    this.#exit = new Exit(this.#plan, this.#options, this.#report);
    await this.give(this.#exit.batch());
    return this.#exit;
  }

  /** Files have a schema each, but the same columns. */
  #checkSame(schema: Schema): void {
    const shape = ({ fields }: Schema): string => JSON.stringify(fields.map(({ name, type, list }) => [name, type, list?.size]));
    if (shape(schema) !== shape(this.#schema!))
      throw new FlowError('ERR_NFSTREAM_SCHEMA_CHANGED', 'stitch() got pieces with other columns than those before; make all of them with the same options.');
    this.#schema = schema;
  }

  /** Gives the rows that nothing holds back, in their order. */
  async #leave(exit: Exit): Promise<void> {
    for (; this.#first < this.#waiting.length && !this.destroyed; this.#first++) {
      const held = this.#waiting[this.#first]!;
      let left = exit.take(held, batchRows - exit.length);
      while (exit.length === batchRows && !this.destroyed) {
        await this.give(exit.batch());
        left = exit.take(held, batchRows);
      }
      if (!left) break;
      this.#heldRows -= held.batch.length;
    }
    this.#waiting.splice(0, this.#first);
    this.#first = 0;
    if (exit.length > 0) await this.give(exit.batch());
    if (this.#turn.over()) await this.#turn.next();
  }
}

/**
 * Makes the stage that puts flows together that lie in several captures, behind runs with `partial: true` or readers of their files:
 * `pipeline(fromFile(['a.parquet', 'b.parquet']), stitch(), toFile('whole.parquet'))`. docs/stitching.md says which columns are those of one run over all packets.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE; while it runs, the stage is destroyed with ERR_NFSTREAM_STITCH, ERR_NFSTREAM_SCHEMA_CHANGED or
 * ERR_NFSTREAM_BATCH_TYPE
 */
export function stitch(options?: StitchOptions & { signal?: AbortSignal }): FlowStitcher {
  return new FlowStitcher(options);
}
