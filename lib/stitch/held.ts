import type { FlowColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Captures } from './captures.js';
import type { OwnColumns } from './piece.js';

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

/** Rows of flows: columns by their index in the plan. */
export interface Rows {
  readonly columns: readonly (FlowColumn | undefined)[];
}

/** Rows that each are what several pieces became, in memory of their own. They have the columns that the output or a later piece needs. */
export interface JoinedRows extends Rows {
  readonly captures: readonly Captures[];
  /** Of each row what may not be that of the whole run, as the plan tells it. */
  readonly marks: Int32Array;
}

/** Rows of a capture that stand one behind the other. */
interface Part {
  readonly from: number;
  readonly captures: Captures;
}

/** A batch whose rows wait to leave in their order. */
export class Held implements Rows {
  readonly batch: FlowBatch;
  readonly own: OwnColumns;
  readonly states: Uint8Array;
  /** 1 for rows that began before the clock of the captures before theirs had come so far. */
  late: Uint8Array | null = null;
  /** What rows became that join pieces before them. */
  readonly joined: JoinedRows[] = [];
  /** Of each row which of these it is in, from 1; 0 of a row that joins none. */
  from: Int32Array | null = null;
  /** Of each row which one it is there. */
  at: Int32Array | null = null;
  /** The first row that has not left. */
  next = 0;
  readonly #parts: Part[] = [];

  constructor(batch: FlowBatch, own: OwnColumns) {
    this.batch = batch;
    this.own = own;
    this.states = new Uint8Array(batch.length);
  }

  get columns(): readonly FlowColumn[] {
    return this.batch.columns;
  }

  /** Says which capture the rows from this one on are of. */
  begin(from: number, captures: Captures): void {
    if (this.#parts.at(-1)?.captures !== captures) this.#parts.push({ from, captures });
  }

  /** The capture of a row. */
  capturesOf(row: number): Captures {
    const parts = this.#parts;
    let [low, high] = [0, parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (parts[middle]!.from <= row) low = middle;
      else high = middle - 1;
    }
    return parts[low]!.captures;
  }

  isLate(row: number): boolean {
    return this.late !== null && this.late[row] === 1;
  }

  /** What the row became, where pieces before it were joined. */
  joinedAt(row: number): { readonly rows: JoinedRows; readonly at: number } | null {
    const from = this.from?.[row] ?? 0;
    return from > 0 ? { rows: this.joined[from - 1]!, at: this.at![row]! } : null;
  }
}
