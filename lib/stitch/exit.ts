import { FlowError } from '../errors.js';
import { buildColumn, intColumn, putSafe, valueAt, type FlowColumn, type IntColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { tellsEnd, withExpired } from './expired.js';
import type { Piece, PieceReader } from './piece.js';
import { pickRows, type Rows } from './rows.js';
import { TextsBuilder } from './same-text.js';
import { rowState, timed, type Held } from './timeline.js';

/** A flow on its way out. */
interface Leaving {
  readonly held: Held;
  readonly row: number;
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
  #rows: Leaving[] = [];
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
    return this.#rows.length;
  }

  /** Lets a row leave that is no part of another flow. */
  add(held: Held, row: number): void {
    if (held.states[row] === rowState.bounds) return;
    this.#rows.push({ held, row });
  }

  /** The rows so far as a batch. @throws {FlowError} ERR_NFSTREAM_STITCH for a flow that is not exact, with `strict` */
  take(): FlowBatch {
    const { plan } = this.#reader;
    const leaving = this.#rows;
    this.#rows = [];
    const batches = [...new Set(leaving.map(({ held }) => held.batch))];
    const numbers = new Map(batches.map((batch, number) => [batch, number]));
    const pieces: Piece[] = [];
    const from = new Uint32Array(leaving.length);
    const rows = new Uint32Array(leaving.length);
    leaving.forEach(({ held, row }, i) => {
      const piece = held.merged.get(row);
      from[i] = piece === undefined ? numbers.get(held.batch)! : batches.length;
      rows[i] = piece === undefined ? row : pieces.push(piece) - 1;
    });
    const expired = leaving.flatMap(({ held, row }, i) => (held.states[row] === rowState.expired ? [i] : []));
    const picked: Rows = { from, rows };
    const columns = plan.kept.map((index) => {
      const { field, merge } = plan.columns[index]!;
      const sources = batches.map((batch) => batch.columns[index]!);
      if (pieces.length > 0)
        sources.push(
          buildColumn(
            field,
            pieces.map(({ cells }) => cells[index]!),
          ),
        );
      if (merge === 'order') return this.#ids(leaving);
      if (sources.length === 0) return buildColumn(field, []);
      const column = pickRows(sources, picked);
      return tellsEnd(field.name) ? withExpired(field.name, column, expired) : column;
    });
    return new FlowBatch(plan.output, leaving.length, [...columns, ...this.#told(leaving)]);
  }

  #ids(leaving: readonly Leaving[]): IntColumn {
    const ids = intColumn(new BigInt64Array(leaving.length), null);
    leaving.forEach((_, i) => putSafe(ids.halves, i, this.#report.flows++));
    return ids;
  }

  /** The columns of stitching itself. */
  #told(leaving: readonly Leaving[]): FlowColumn[] {
    const pieces = intColumn(new BigInt64Array(leaving.length).fill(1n), null);
    const files = new TextsBuilder();
    const inexact = new TextsBuilder();
    leaving.forEach((one, i) => {
      const names = this.#captures(one);
      pieces.halves[2 * i] = names.length;
      if (names.length > 1) this.#report.joined++;
      files.add(names === this.#names ? this.#namesText : this.#textOf(names));
      const columns = this.#inexact(one);
      inexact.add(columns);
      if (columns === '') return;
      this.#report.inexact++;
      if (this.#strict) throw this.#refusal(one, columns);
    });
    return [pieces, files.column(), inexact.column()];
  }

  #textOf(names: readonly string[]): string {
    this.#names = names;
    return (this.#namesText = JSON.stringify(names));
  }

  #captures({ held, row }: Leaving): readonly string[] {
    return (held.merged.size > 0 ? held.merged.get(row)?.captures : undefined) ?? this.#reader.captures(held.batch, row);
  }

  #inexact({ held, row }: Leaving): string {
    const before = (held.merged.size > 0 ? held.merged.get(row)?.inexact : undefined) ?? none;
    const columns = held.late.has(row) ? new Set([...before, ...this.#timed]) : before;
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
