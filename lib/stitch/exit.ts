import { FlowError } from '../errors.js';
import { buildColumn, intColumn, putSafe, valueAt, type FlowColumn, type IntColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { Captures } from './captures.js';
import { tellsEnd, withExpired } from './expired.js';
import { rowState, type Held, type Rows } from './held.js';
import { InexactColumns, markOfLate } from './inexact.js';
import { pickRows, Picks } from './picks.js';
import type { Plan } from './plan.js';
import { TextsBuilder } from './texts.js';

/** Flows on their way out of which the same is told: rows of a source that stand one behind the other. */
interface Leaving {
  readonly rows: Rows;
  readonly row: number;
  count: number;
  readonly captures: Captures;
  /** What may not be that of the whole run. */
  readonly marks: number;
}

/** What was given so far. */
export interface LeftReport {
  flows: number;
  /** Flows that more than one piece went into. */
  joined: number;
  /** Flows of which some column may not be that of the whole run. */
  inexact: number;
}

/** Makes batches of the flows that leave, in their order. */
export class Exit {
  readonly #plan: Plan;
  readonly #strict: boolean;
  readonly #report: LeftReport;
  readonly #inexact: InexactColumns;
  #leaving: Leaving[] = [];
  #sources: Rows[] = [];
  #picks = new Picks();
  /** Which of the rows have expired. */
  #expired: number[] = [];

  constructor(plan: Plan, { strict }: { strict: boolean }, report: LeftReport) {
    this.#plan = plan;
    this.#strict = strict;
    this.#report = report;
    this.#inexact = new InexactColumns(plan);
  }

  /** Rows that wait for a batch. */
  get length(): number {
    return this.#picks.length;
  }

  /**
   * Lets rows leave from the batch's next one on, as far as nothing holds them back.
   * @param most how many flows there is room for
   * @returns whether all rows of the batch have left
   */
  take(held: Held, most: number): boolean {
    const { states, from, late } = held;
    const full = this.length + most;
    for (; held.next < states.length && this.length < full; held.next++) {
      const row = held.next;
      const state = states[row];
      if (state === rowState.waits) return false;
      // Rows of another capture come behind bounds.
      if (state === rowState.moved || state === rowState.bounds) continue;
      if (state === rowState.expired) this.#expired.push(this.length);
      const joined = held.joinedAt(row);
      if (joined !== null) this.#add(joined.rows, joined.at, 1, joined.rows.captures[joined.at]!, joined.rows.marks[joined.at]!);
      else if (state === rowState.expired || held.isLate(row)) this.#add(held, row, 1, held.capturesOf(row), held.isLate(row) ? markOfLate : 0);
      else {
        const end = Math.min(states.length, row + full - this.length);
        let last = row + 1;
        while (last < end && states[last] === rowState.whole && (from === null || from[last] === 0) && (late === null || late[last] === 0)) last++;
        this.#add(held, row, last - row, held.capturesOf(row), 0);
        held.next = last - 1;
      }
    }
    return held.next === states.length;
  }

  /** The rows so far as a batch. @throws {FlowError} ERR_NFSTREAM_STITCH for a flow that is not exact, with `strict` */
  batch(): FlowBatch {
    const plan = this.#plan;
    const { length } = this;
    const [sources, picks, leaving, expired] = [this.#sources, this.#picks, this.#leaving, this.#expired];
    this.#sources = [];
    this.#picks = new Picks();
    this.#leaving = [];
    this.#expired = [];
    const columns = plan.kept.map((index) => {
      const { field, merge } = plan.columns[index]!;
      if (merge === 'order') return this.#ids(length);
      if (sources.length === 0) return buildColumn(field, []);
      const column = pickRows(
        sources.map((rows) => rows.columns[index]!),
        picks,
      );
      return tellsEnd(field.name) ? withExpired(field.name, column, expired) : column;
    });
    return new FlowBatch(plan.output, length, [...columns, ...this.#told(leaving, length)]);
  }

  #add(rows: Rows, row: number, count: number, captures: Captures, marks: number): void {
    this.#picks.add(this.#sourceOf(rows), row, count);
    const last = this.#leaving.at(-1);
    if (last !== undefined && last.captures === captures && last.marks === marks) last.count += count;
    else this.#leaving.push({ rows, row, count, captures, marks });
  }

  #sourceOf(rows: Rows): number {
    // Rows of few sources alternate.
    for (let source = this.#sources.length - 1; source >= 0; source--) if (this.#sources[source] === rows) return source;
    return this.#sources.push(rows) - 1;
  }

  #ids(length: number): IntColumn {
    const ids = intColumn(new BigInt64Array(length), null);
    for (let row = 0; row < length; row++) putSafe(ids.halves, row, this.#report.flows++);
    return ids;
  }

  /** The columns of stitching itself. */
  #told(leaving: readonly Leaving[], length: number): FlowColumn[] {
    const pieces = intColumn(new BigInt64Array(length), null);
    const files = new TextsBuilder(length);
    const inexact = new TextsBuilder(length);
    let row = 0;
    for (const one of leaving) {
      const { captures, count } = one;
      for (const end = row + count; row < end; row++) pieces.halves[2 * row] = captures.count;
      files.add(captures.text, count);
      const columns = this.#inexact.text(one.marks);
      inexact.add(columns, count);
      if (captures.count > 1) this.#report.joined += count;
      if (columns.length === 0) continue;
      this.#report.inexact += count;
      if (this.#strict) throw this.#refusal(one, columns.toString());
    }
    return [pieces, files.column(), inexact.column()];
  }

  #refusal({ rows, row }: Leaving, columns: string): FlowError {
    const cell = (name: string): string => {
      const column = rows.columns[this.#plan.at(name)];
      return column === undefined ? '?' : String(valueAt(column, row));
    };
    const name = `${cell('src_ip')}:${cell('src_port')} > ${cell('dst_ip')}:${cell('dst_port')} (${cell('protocol')})`;
    return new FlowError('ERR_NFSTREAM_STITCH', `The flow ${name} can't be made exactly in ${columns}; without strict the column stitch_inexact says so.`, {
      flow: name,
    });
  }
}
