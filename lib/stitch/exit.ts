import { FlowError } from '../errors.js';
import { buildColumn, intColumn, putSafe, valueAt, type FlowColumn, type IntColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { tellsEnd, withExpired } from './expired.js';
import type { Piece, PieceReader } from './piece.js';
import { pickRows, type Run } from './rows.js';
import { TextsBuilder } from './same-text.js';
import { rowState, timed, type Held } from './timeline.js';

/** Flows on their way out: rows of a batch, one behind the other, of one capture; or one flow that is told by more than its row. */
interface Leaving {
  readonly held: Held;
  readonly row: number;
  count: number;
  /** What several pieces became, or null. */
  readonly piece: Piece | null;
  /** It began before the clock had come so far. */
  readonly late: boolean;
}

/** What was given so far. */
export interface LeftReport {
  flows: number;
  /** Flows that more than one piece went into. */
  joined: number;
  /** Flows of which some column may not be that of the whole run. */
  inexact: number;
}

const none: ReadonlySet<number> = new Set();

/** Makes batches of the flows that leave, in their order. */
export class Exit {
  readonly #reader: PieceReader;
  readonly #strict: boolean;
  readonly #report: LeftReport;
  readonly #timed: readonly number[];
  #leaving: Leaving[] = [];
  #length = 0;
  /** Which of the rows have expired. */
  #expired: number[] = [];
  /** The captures of the last row, and the same as text. */
  #names: readonly string[] = [];
  #namesText = '';

  constructor(reader: PieceReader, { strict }: { strict: boolean }, report: LeftReport) {
    this.#reader = reader;
    this.#strict = strict;
    this.#report = report;
    this.#timed = timed(reader.plan.columns);
  }

  /** Rows that wait for a batch. */
  get length(): number {
    return this.#length;
  }

  /** Lets a row leave that is no part of another flow. */
  add(held: Held, row: number): void {
    const state = held.states[row];
    // They end a run of rows, as rows of another capture come behind them.
    if (state === rowState.bounds) return;
    if (state === rowState.expired) this.#expired.push(this.#length);
    this.#length++;
    const piece = held.merged.size > 0 ? (held.merged.get(row) ?? null) : null;
    const late = held.late.size > 0 && held.late.has(row);
    const last = this.#leaving.at(-1);
    if (last !== undefined && last.held === held && last.row + last.count === row && piece === null && !late && last.piece === null && !last.late) last.count++;
    else this.#leaving.push({ held, row, count: 1, piece, late });
  }

  /** The rows so far as a batch. @throws {FlowError} ERR_NFSTREAM_STITCH for a flow that is not exact, with `strict` */
  take(): FlowBatch {
    const { plan } = this.#reader;
    const leaving = this.#leaving;
    const length = this.#length;
    const expired = this.#expired;
    this.#leaving = [];
    this.#length = 0;
    this.#expired = [];
    const batches = [...new Set(leaving.map(({ held }) => held.batch))];
    const numbers = new Map(batches.map((batch, number) => [batch, number]));
    const pieces: Piece[] = [];
    const runs = leaving.map(({ held, row, count, piece }): Run =>
      piece === null ? { source: numbers.get(held.batch)!, row, count } : { source: batches.length, row: pieces.push(piece) - 1, count },
    );
    const columns = plan.kept.map((index) => {
      const { field, merge } = plan.columns[index]!;
      if (merge === 'order') return this.#ids(length);
      const sources = batches.map((batch) => batch.columns[index]!);
      if (pieces.length > 0)
        sources.push(
          buildColumn(
            field,
            pieces.map(({ cell }) => cell(index)),
          ),
        );
      if (sources.length === 0) return buildColumn(field, []);
      const column = pickRows(sources, runs, length);
      return tellsEnd(field.name) ? withExpired(field.name, column, expired) : column;
    });
    return new FlowBatch(plan.output, length, [...columns, ...this.#told(leaving, length)]);
  }

  #ids(length: number): IntColumn {
    const ids = intColumn(new BigInt64Array(length), null);
    for (let row = 0; row < length; row++) putSafe(ids.halves, row, this.#report.flows++);
    return ids;
  }

  /** The columns of stitching itself. */
  #told(leaving: readonly Leaving[], length: number): FlowColumn[] {
    const pieces = intColumn(new BigInt64Array(length).fill(1n), null);
    const files = new TextsBuilder(length);
    const inexact = new TextsBuilder(length);
    let row = 0;
    for (const one of leaving) {
      const names = one.piece?.captures ?? this.#reader.captures(one.held.batch, one.row);
      if (names.length > 1) this.#report.joined++;
      pieces.halves[2 * row] = names.length;
      row += one.count;
      files.add(names === this.#names ? this.#namesText : this.#textOf(names), one.count);
      const columns = this.#inexact(one);
      inexact.add(columns, one.count);
      if (columns === '') continue;
      this.#report.inexact++;
      if (this.#strict) throw this.#refusal(one, columns);
    }
    return [pieces, files.column(), inexact.column()];
  }

  #textOf(names: readonly string[]): string {
    this.#names = names;
    return (this.#namesText = JSON.stringify(names));
  }

  #inexact({ piece, late }: Leaving): string {
    const before = piece?.inexact ?? none;
    const columns = late ? new Set([...before, ...this.#timed]) : before;
    if (columns.size === 0) return '';
    const { plan } = this.#reader;
    return plan.kept
      .filter((index) => columns.has(index))
      .map((index) => plan.columns[index]!.field.name)
      .join(',');
  }

  #refusal({ held, row }: Leaving, columns: string): FlowError {
    const { plan } = this.#reader;
    const cell = (name: string): string => (plan.at(name) < 0 ? '?' : String(valueAt(held.batch.columns[plan.at(name)]!, row)));
    const name = `${cell('src_ip')}:${cell('src_port')} > ${cell('dst_ip')}:${cell('dst_port')} (${cell('protocol')})`;
    return new FlowError('ERR_NFSTREAM_STITCH', `The flow ${name} can't be made exactly in ${columns}; without strict the column stitch_inexact says so.`, {
      flow: name,
    });
  }
}
