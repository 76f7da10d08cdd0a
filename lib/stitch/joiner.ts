import type { PieceRun } from '../schema/piece-fields.js';
import type { Captures } from './captures.js';
import type { Held, Rows } from './held.js';
import { markOfLate } from './inexact.js';
import type { Pairs } from './joining.js';
import { merged } from './merge.js';
import { Picks } from './picks.js';
import type { Plan } from './plan.js';

/** In a held batch's `from`: what the row becomes is not known yet. */
const pending = -1;

/** Gathers pieces of a batch that join others, to make flows of many at once, column by column. */
export class Joiner {
  readonly #plan: Plan;
  #pairs: (Pairs & { readonly sources: Rows[]; readonly captures: Captures[]; readonly marks: number[] }) | null = null;
  #lastSource: Rows | null = null;
  #lastIndex = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The piece in a row joins that of an earlier one. Pieces of another batch come after {@link join}. */
  add(earlier: Held, earlierRow: number, held: Held, row: number, run: PieceRun): void {
    if (earlier.from?.[earlierRow] === pending) this.join(run);
    const pairs = (this.#pairs ??= { sources: [], before: new Picks(), held, rows: new Picks(), captures: [], marks: [] });
    held.from ??= new Int32Array(held.batch.length);
    held.at ??= new Int32Array(held.batch.length);
    held.from[row] = pending;
    const joined = earlier.joinedAt(earlierRow);
    const late = held.isLate(row) ? markOfLate : 0;
    const { name } = held.capturesOf(row);
    pairs.rows.add(0, row, 1);
    if (joined === null) {
      pairs.before.add(this.#sourceOf(earlier, pairs.sources), earlierRow, 1);
      pairs.captures.push(earlier.capturesOf(earlierRow).with(name));
      pairs.marks.push(late | (earlier.isLate(earlierRow) ? markOfLate : 0));
    } else {
      pairs.before.add(this.#sourceOf(joined.rows, pairs.sources), joined.at, 1);
      pairs.captures.push(joined.rows.captures[joined.at]!.with(name));
      pairs.marks.push(late | joined.rows.marks[joined.at]!);
    }
  }

  /** Makes the flows. */
  join(run: PieceRun): void {
    if (this.#pairs === null) return;
    const { held, rows } = this.#pairs;
    held.joined.push(merged(this.#plan, this.#pairs, run));
    let at = 0;
    for (let part = 0; part < rows.runs; part++)
      for (let row = rows.rows[part]!, end = row + rows.counts[part]!; row < end; row++) {
        held.from![row] = held.joined.length;
        held.at![row] = at++;
      }
    this.#pairs = null;
    this.#lastSource = null;
  }

  #sourceOf(rows: Rows, sources: Rows[]): number {
    if (rows !== this.#lastSource) {
      this.#lastSource = rows;
      const known = sources.indexOf(rows);
      this.#lastIndex = known < 0 ? sources.push(rows) - 1 : known;
    }
    return this.#lastIndex;
  }
}
