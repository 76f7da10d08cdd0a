import { intColumn, numberOf, type FlowColumn, type IntColumn, type TextColumn } from '../flows/columns.js';
import { amountNames, gaps, spans } from './amounts.js';
import type { Choice, Joining } from './joining.js';
import { prefixes } from './lists.js';
import { wideSums, type Wide } from './moments.js';
import { PeriodColumns, periodNames } from './periods.js';
import type { Direction } from './plan.js';
import { joinedWindows, windowNames, type Windows } from './windows.js';

/** The gaps across the cuts, in the run's unit; 0 where a piece has no packets that way. */
export interface Gaps {
  readonly values: BigInt64Array;
  /** 1 where there is one; null where each has. */
  readonly there: Uint8Array | null;
}

const ways = ['src2dst', 'dst2src'] as const;

/** Sums of squares, in the order of directions: of sizes, whose first stands for nothing, and of gaps. */
const squareNames = {
  sizes: [null, 'piece_src2dst_ps_squares', 'piece_dst2src_ps_squares'],
  gaps: ['piece_bidirectional_piat_squares', 'piece_src2dst_piat_squares', 'piece_dst2src_piat_squares'],
} as const;

/** What pairs of pieces are together beside the columns of flows; each part is made when it is first asked for. */
export class Parts {
  readonly #joining: Joining;
  readonly #gaps: Gaps[] = [];
  readonly #durations: BigInt64Array[] = [];
  readonly #squares = new Map<string, Wide>();
  #periods: PeriodColumns | null = null;
  #windows: Windows | null = null;
  readonly #payloads: TextColumn[] = [];
  #best: Choice | null = null;

  constructor(joining: Joining) {
    this.#joining = joining;
  }

  gap(direction: Direction): Gaps {
    return (this.#gaps[direction] ??= this.#gapOf(direction));
  }

  /** The sums of all gaps of a direction, in the run's unit; 0 without a packet. */
  duration(direction: Direction): BigInt64Array {
    return (this.#durations[direction] ??= this.#durationOf(direction));
  }

  /** The sums of squares of the sizes of packets. */
  sizeSquares(direction: Direction): Wide {
    if (direction > 0) return this.#squaresOf(squareNames.sizes[direction]!, null);
    return this.#known('all sizes', () => wideSums(this.sizeSquares(1), this.sizeSquares(2), null));
  }

  gapSquares(direction: Direction): Wide {
    return this.#squaresOf(squareNames.gaps[direction], this.gap(direction).values);
  }

  get periods(): PeriodColumns {
    return (this.#periods ??= new PeriodColumns(this.#joining));
  }

  get windows(): Windows {
    return (this.#windows ??= joinedWindows(this.#joining));
  }

  /** The bytes that the entropy of a direction is of, in hex. */
  payload(direction: 1 | 2): TextColumn {
    const index = this.#joining.plan.at(`piece_${ways[direction - 1]!}_payload`);
    return (this.#payloads[direction] ??= prefixes(
      this.#joining.before(index) as TextColumn,
      this.#joining.next(index) as TextColumn,
      2 * this.#joining.run.entropyBytes,
    ));
  }

  /** Whose label is the better one. */
  get best(): Choice {
    return (this.#best ??= this.#knowsMore());
  }

  /** What a later piece needs of these, by name. */
  *columns(): Generator<readonly [name: string, column: FlowColumn], undefined> {
    const { plan } = this.#joining;
    for (const direction of [1, 2] as const) {
      const both = this.#joining.amounts('both', direction);
      const columns = [both.packets, both.bytes, both.first, both.last];
      for (const [index, name] of amountNames.entries()) yield [`piece_${ways[direction - 1]!}_${name}`, columns[index]!];
    }
    for (const name of ['piece_larger', 'piece_undecided']) yield [name, this.#joining.choose(plan.at(name), null)];
    for (const name of ['piece_label', 'piece_dissected']) yield [name, this.#joining.choose(plan.at(name), this.best)];
    if (plan.has('squares')) {
      for (const direction of [1, 2] as const) yield* halves(squareNames.sizes[direction], this.sizeSquares(direction));
      for (const direction of [0, 1, 2] as const) yield* halves(squareNames.gaps[direction], this.gapSquares(direction));
    }
    if (plan.has('periods')) for (const [index, column] of this.periods.columns().entries()) yield [periodNames[index]!, column];
    if (plan.has('windows')) {
      const { syns, ranges } = this.windows;
      for (const [index, column] of [syns, ...ranges[0], ...ranges[1]].entries()) yield [windowNames[index]!, column];
    }
    if (plan.has('payloads')) for (const direction of [1, 2] as const) yield [`piece_${ways[direction - 1]!}_payload`, this.payload(direction)];
    return undefined;
  }

  #durationOf(direction: Direction): BigInt64Array {
    const { first, last, there } = this.#joining.amounts('both', direction);
    const spent = spans(first.values, last.values, this.#joining.run.timeUnit);
    for (let row = 0; row < spent.length; row++) if (there[row] === 0) spent[row] = 0n;
    return spent;
  }

  #gapOf(direction: Direction): Gaps {
    const joining = this.#joining;
    const { timeUnit } = joining.run;
    const before = joining.amounts('before', direction);
    if (direction === 0) {
      const first = joining.own(joining.plan.at('piece_src2dst_first_ns')) as IntColumn;
      return { values: gaps(before.last.values, first.values, timeUnit), there: null };
    }
    const next = joining.amounts('next', direction);
    const values = gaps(before.last.values, next.first.values, timeUnit);
    const there = before.there.map((one, row) => one & next.there[row]!);
    const { halves: parts } = intColumn(values, null);
    for (let row = 0; row < there.length; row++) if (there[row] === 0) parts[2 * row] = parts[2 * row + 1] = 0;
    return { values, there };
  }

  #squaresOf(name: string, roots: BigInt64Array | null): Wide {
    return this.#known(name, () => {
      const [low, high] = [this.#joining.ints(name), this.#joining.ints(`${name}_high`)];
      return wideSums({ low: low[0], high: high[0] }, { low: low[1], high: high[1] }, roots);
    });
  }

  #known(name: string, make: () => Wide): Wide {
    let known = this.#squares.get(name);
    if (known === undefined) this.#squares.set(name, (known = make()));
    return known;
  }

  /** The later piece's, where the first one's dissection was not over: found before guessed, then of most dissected packets. */
  #knowsMore(): Choice {
    const [undecided] = this.#joining.ints('piece_undecided');
    const labels = this.#joining.ints('piece_label');
    const dissected = this.#joining.ints('piece_dissected');
    const best = new Uint8Array(this.#joining.length);
    for (let row = 0; row < best.length; row++) {
      if (undecided.halves[2 * row] !== 1) continue;
      const more = numberOf(labels[1].halves, row) - numberOf(labels[0].halves, row);
      if (more > 0 || (more === 0 && numberOf(dissected[1].halves, row) > numberOf(dissected[0].halves, row))) best[row] = 1;
    }
    return best;
  }
}

function halves(name: string, { low, high }: Wide): readonly (readonly [name: string, column: IntColumn])[] {
  return [
    [name, low],
    [`${name}_high`, high],
  ];
}
