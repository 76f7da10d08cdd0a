import type { FlowColumn, IntColumn } from '../flows/columns.js';
import type { PieceRun } from '../schema/piece-fields.js';
import type { Captures } from './captures.js';
import type { Held, Rows } from './held.js';
import { copyColumn, copyRows, Picks, pickRows } from './picks.js';
import type { Direction, Plan } from './plan.js';
import { amounts, bothWays, together, type Amounts } from './amounts.js';

/** Pieces, and those before them that they join. */
export interface Pairs {
  /** Where the pieces before are. */
  readonly sources: readonly Rows[];
  readonly before: Picks;
  /** The later ones, all of one batch. */
  readonly held: Held;
  readonly rows: Picks;
  /** Of each pair the captures of both. */
  readonly captures: readonly Captures[];
  /** Of each pair what may not be that of the whole run so far. */
  readonly marks: readonly number[];
}

/** Of each pair which piece's value is taken: 0 the earlier one's, 1 the later one's. */
export type Choice = Uint8Array;

/** What pairs of pieces are together, by column; the later pieces are seen from the ends of the earlier ones. */
export class Joining {
  readonly plan: Plan;
  readonly run: PieceRun;
  readonly pairs: Pairs;
  readonly length: number;
  /** 1 where the later piece's source is the other end; null where there is none. */
  readonly turned: Uint8Array | null;
  readonly #turning: Picks | null;
  readonly #before: FlowColumn[] = [];
  readonly #next: FlowColumn[] = [];
  readonly #amounts: Partial<Record<'before' | 'next' | 'both', [Amounts?, Amounts?, Amounts?]>> = {};

  constructor(plan: Plan, pairs: Pairs, run: PieceRun) {
    this.plan = plan;
    this.pairs = pairs;
    this.run = run;
    this.length = pairs.before.length;
    this.turned = this.#turns();
    this.#turning = this.turned && turning(pairs.rows, this.turned);
  }

  /** A column of the earlier pieces. */
  before(index: number): FlowColumn {
    return (this.#before[index] ??= pickRows(
      this.pairs.sources.map(({ columns }) => columns[index]!),
      this.pairs.before,
    ));
  }

  /** A column of the later pieces, seen from the ends of the earlier ones. */
  next(index: number): FlowColumn {
    return (this.#next[index] ??= this.#turnedRound(index));
  }

  /** A column of the later pieces as it stands in their batch. */
  own(index: number): FlowColumn {
    return pickRows([this.pairs.held.columns[index]!], this.pairs.rows);
  }

  /** A column of integers of the earlier and of the later pieces, by its name. */
  ints(name: string): readonly [before: IntColumn, next: IntColumn] {
    const index = this.plan.at(name);
    return [this.before(index) as IntColumn, this.next(index) as IntColumn];
  }

  /** The column with the values that are chosen, in memory of its own; null for the earlier ones. */
  choose(index: number, choice: Choice | null): FlowColumn {
    if (choice === null || !choice.includes(1)) return this.#kept(this.before(index), this.pairs.before);
    if (!choice.includes(0)) return this.#kept(this.next(index), this.pairs.rows);
    const picks = new Picks();
    for (let row = 0; row < choice.length; row++) picks.add(choice[row]!, row, 1);
    return copyRows([this.before(index), this.next(index)], picks);
  }

  /** Packets, bytes and times of a direction, of the earlier pieces, of the later ones or of both. */
  amounts(of: 'before' | 'next' | 'both', direction: Direction): Amounts {
    const known = (this.#amounts[of] ??= []);
    return (known[direction] ??= this.#amountsOf(of, direction));
  }

  #amountsOf(of: 'before' | 'next' | 'both', direction: Direction): Amounts {
    if (direction === 0) return bothWays(this.amounts(of, 1), this.amounts(of, 2));
    if (of === 'both') return together(this.amounts('before', direction), this.amounts('next', direction));
    return amounts((name) => this[of](this.plan.at(`piece_${direction === 1 ? 'src2dst' : 'dst2src'}_${name}`)) as IntColumn);
  }

  /** A column of one run of rows is over the memory of their batch, which a flow that goes on for long would keep alive. */
  #kept(column: FlowColumn, of: Picks): FlowColumn {
    return of.runs === 1 ? copyColumn(column) : column;
  }

  #turnedRound(index: number): FlowColumn {
    const { opposite } = this.plan.columns[index]!;
    if (this.#turning === null || opposite === index) return this.own(index);
    const { columns } = this.pairs.held;
    return copyRows([columns[index]!, columns[opposite]!], this.#turning);
  }

  #turns(): Uint8Array | null {
    const index = this.plan.at('piece_larger');
    const { halves: before } = this.before(index) as IntColumn;
    const { halves: next } = this.own(index) as IntColumn;
    const turned = new Uint8Array(this.length);
    for (let row = 0; row < turned.length; row++) if ((before[2 * row] === 1) !== (next[2 * row] === 1)) turned[row] = 1;
    return turned.includes(1) ? turned : null;
  }
}

/** Later pieces: of a column, or where they are turned of that of the other direction. */
function turning(rows: Picks, turned: Uint8Array): Picks {
  const picks = new Picks();
  let pair = 0;
  for (let run = 0; run < rows.runs; run++) for (let row = rows.rows[run]!, end = row + rows.counts[run]!; row < end; row++) picks.add(turned[pair++]!, row, 1);
  return picks;
}
