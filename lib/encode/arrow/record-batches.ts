import type * as Arrow from 'apache-arrow';
import { buildColumn, sliceColumn, type FlowColumn } from '../../flows/columns.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import type { Field } from '../../schema/fields.js';
import type { Schema } from '../../schema/schema.js';
import { arrowColumn, type ArrowColumn, type ArrowTypes } from './arrow-columns.js';
import { loadArrow } from '../../load-arrow.js';
import { textBytes } from '../encoder.js';
import { joinColumns } from './join-columns.js';

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

  constructor(schema: Schema, types: Required<ArrowTypes>) {
    const arrow = loadArrow();
    this.#fields = schema.fields;
    this.#columns = schema.fields.map((field) => arrowColumn(field, types));
    const fields = this.#columns.map(({ field }) => field);
    this.schema = new arrow.Schema(fields, new Map(Object.entries(schema.metadata)));
    this.#row = new arrow.Struct(fields);
  }

  /** Takes rows `from` to `to` (exclusive) of a batch; gives the record batches that are full. */
  *add(batch: FlowBatch, from: number, to: number): Generator<Arrow.RecordBatch, undefined> {
    for (let row = from; row < to;) {
      const end = this.#fitting(batch, row, Math.min(to, row + batchRows - this.#waitingRows));
      if (end > row) {
        this.#waiting.push(batch.columns.map((column) => sliceColumn(column, row, end)));
        this.#waitingRows += end - row;
        this.#waitingText += textBytes(batch, row, end);
      }
      if (end === row || this.#waitingRows === batchRows) yield this.#take();
      row = end;
    }
    return undefined;
  }

  /** The rows that are left as a smaller record batch, or null. */
  rest(): Arrow.RecordBatch | null {
    return this.#waitingRows === 0 ? null : this.#take();
  }

  /** A record batch without rows. */
  none(): Arrow.RecordBatch {
    return this.#batchOf(
      this.#fields.map((field) => buildColumn(field, [])),
      0,
    );
  }

  /** Where the rows end whose texts still fit into the record batch. */
  #fitting(batch: FlowBatch, from: number, to: number): number {
    const room = batchTextBytes - this.#waitingText;
    if (textBytes(batch, from, to) <= room) return to;
    let end = from;
    while (end < to && textBytes(batch, from, end + 1) <= room) end++;
    return end === from && this.#waitingRows === 0 ? from + 1 : end;
  }

  #take(): Arrow.RecordBatch {
    const columns = this.#waiting.length === 1 ? this.#waiting[0]! : joinColumns(this.#waiting);
    const length = this.#waitingRows;
    this.#waiting = [];
    this.#waitingRows = 0;
    this.#waitingText = 0;
    return this.#batchOf(columns, length);
  }

  #batchOf(columns: readonly FlowColumn[], length: number): Arrow.RecordBatch {
    const arrow = loadArrow();
    const children = columns.map((column, index) => this.#columns[index]!.data(column, length));
    return new arrow.RecordBatch(this.schema, arrow.makeData({ type: this.#row, length, nullCount: 0, children }));
  }
}
