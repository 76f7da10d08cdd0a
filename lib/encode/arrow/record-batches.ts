import type * as Arrow from 'apache-arrow';
import { buildColumn, sliceColumn, type FlowColumn } from '../../flows/columns.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import type { Field } from '../../schema/fields.js';
import type { Schema } from '../../schema/schema.js';
import { arrowColumn, type ArrowColumn, type ArrowTypes } from './arrow-columns.js';
import { loadArrow } from '../../load-arrow.js';
import { textBytes } from '../encoder.js';
import { joinColumn } from './join-columns.js';
import { Turn } from '../../stage/turn.js';

/** Every record batch but the last has this many rows, or fewer where texts are very long. */
export const batchRows = 8192;

/** Bytes that the texts of a record batch may have; a single row may have more. */
const batchTextBytes = 64 << 20;

/** Gathers flows into Arrow's record batches of one size, so that what is written doesn't depend on how the flows arrived. */
export class RecordBatches {
  readonly schema: Arrow.Schema;
  readonly #fields: readonly Field[];
  readonly #columns: readonly ArrowColumn[];
  readonly #row: Arrow.Struct;
  /** Slices that wait until they make a whole record batch. */
  #waiting: FlowColumn[][] = [];
  #waitingRows = 0;
  #waitingText = 0;
  readonly #turn = new Turn();

  constructor(schema: Schema, types: Required<ArrowTypes>) {
    const arrow = loadArrow();
    this.#fields = schema.fields;
    this.#columns = schema.fields.map((field) => arrowColumn(field, types));
    const fields = this.#columns.map(({ field }) => field);
    this.schema = new arrow.Schema(fields, new Map(Object.entries(schema.metadata)));
    this.#row = new arrow.Struct(fields);
  }

  /** Takes rows `from` to `to` (exclusive) of a batch; gives the record batches that are full. */
  async *add(batch: FlowBatch, from: number, to: number): AsyncGenerator<Arrow.RecordBatch, undefined> {
    for (let row = from; row < to;) {
      const end = this.#fitting(batch, row, Math.min(to, row + batchRows - this.#waitingRows));
      if (end > row) {
        this.#waiting.push(batch.columns.map((column) => sliceColumn(column, row, end)));
        this.#waitingRows += end - row;
        this.#waitingText += textBytes(batch, row, end);
      }
      if (end === row || this.#waitingRows === batchRows) yield await this.#take();
      row = end;
    }
    return undefined;
  }

  /** The rows that are left as a smaller record batch, or null. */
  async rest(): Promise<Arrow.RecordBatch | null> {
    return this.#waitingRows === 0 ? null : this.#take();
  }

  /** A record batch without rows. */
  none(): Arrow.RecordBatch {
    const children = this.#fields.map((field, index) => this.#columns[index]!.data(buildColumn(field, []), 0));
    return this.#batchOf(children, 0);
  }

  /** Where the rows end whose texts still fit into the record batch. */
  #fitting(batch: FlowBatch, from: number, to: number): number {
    const room = batchTextBytes - this.#waitingText;
    if (textBytes(batch, from, to) <= room) return to;
    let end = from;
    while (end < to && textBytes(batch, from, end + 1) <= room) end++;
    return end === from && this.#waitingRows === 0 ? from + 1 : end;
  }

  /** Many columns of many rows take longer than the event loop should wait. */
  async #take(): Promise<Arrow.RecordBatch> {
    const parts = this.#waiting;
    const length = this.#waitingRows;
    this.#waiting = [];
    this.#waitingRows = 0;
    this.#waitingText = 0;
    const children: Arrow.Data[] = [];
    for (const [index, column] of this.#columns.entries()) {
      const rows = parts.map((columns) => columns[index]!);
      children.push(column.data(rows.length === 1 ? rows[0]! : joinColumn(rows), length));
      if (this.#turn.over()) await this.#turn.next();
    }
    return this.#batchOf(children, length);
  }

  #batchOf(children: Arrow.Data[], length: number): Arrow.RecordBatch {
    const arrow = loadArrow();
    return new arrow.RecordBatch(this.schema, arrow.makeData({ type: this.#row, length, nullCount: 0, children }));
  }
}
