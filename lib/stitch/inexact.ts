import type { FieldMerge } from '../schema/fields.js';
import { numberOf } from '../flows/columns.js';
import type { Joining } from './joining.js';
import type { Plan, PlannedColumn } from './plan.js';

// What may not be that of the whole run is a bit of a mark, as one cause mostly touches several columns.

/** The flow began before the clock had come so far: every column of times. */
export const markOfLate = 1;
/** Columns that don't merge. */
const markOfNone = 2;
/** The dissection of the first piece was not over. */
const markOfUndecided = 4;
/** The first column of a hello that may lie across the cut; each has a bit. */
const firstMarkOfHellos = 8;

/** Packets of a flow in which a hello is looked for. */
const mostHelloPackets = 64;

const ofUndecided: ReadonlySet<FieldMerge> = new Set<FieldMerge>(['label', 'fact', 'fact of a hello']);
const ofHello: ReadonlySet<FieldMerge> = new Set<FieldMerge>(['hello', 'fact of a hello']);

/** Columns that a packet from before the clock changes: it counts at the clock's time in the whole run. */
const ofTime: ReadonlySet<FieldMerge> = new Set<FieldMerge>([
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

/** The marks of joined pieces: those that either had, and what comes of the cut between them. */
export function marksOf(joining: Joining): Int32Array {
  const { plan, length } = joining;
  const marks = Int32Array.from(joining.pairs.marks, (mark) => mark | markOfNone);
  const [undecided] = joining.ints('piece_undecided');
  for (let row = 0; row < length; row++) if (undecided.halves[2 * row] === 1) marks[row]! |= markOfUndecided;
  const { packets } = joining.amounts('before', 0);
  hellosOf(plan).forEach(({ index }, hello) => {
    const { valid } = joining.before(index);
    if (valid === null) return;
    for (let row = 0; row < length; row++) if (valid[row] === 0 && numberOf(packets.halves, row) < mostHelloPackets) marks[row]! |= firstMarkOfHellos << hello;
  });
  return marks;
}

/** The columns of hellos that the output has: the table of fields has few of them. */
function hellosOf(plan: Plan): PlannedColumn[] {
  return plan.kept.map((index) => plan.columns[index]!).filter(({ merge }) => ofHello.has(merge));
}

/** Tells marks as stitch_inexact does. */
export class InexactColumns {
  /** Columns of the output, and the marks that touch each. */
  readonly #columns: readonly (readonly [name: string, marks: number])[];
  readonly #known = new Map<number, Buffer>();

  constructor(plan: Plan) {
    const hellos = hellosOf(plan);
    this.#columns = plan.kept.map((index) => {
      const column = plan.columns[index]!;
      const { merge, field } = column;
      const hello = hellos.indexOf(column);
      const marks =
        (ofTime.has(merge) ? markOfLate : 0) |
        (merge === 'none' ? markOfNone : 0) |
        (ofUndecided.has(merge) ? markOfUndecided : 0) |
        (hello < 0 ? 0 : firstMarkOfHellos << hello);
      return [field.name, marks];
    });
  }

  /** The names of the columns, commas between them, in UTF-8: the same memory for the same marks. */
  text(marks: number): Buffer {
    let text = this.#known.get(marks);
    if (text === undefined) {
      const names = this.#columns.filter(([, own]) => (own & marks) !== 0).map(([name]) => name);
      this.#known.set(marks, (text = Buffer.from(names.join(','))));
    }
    return text;
  }
}
