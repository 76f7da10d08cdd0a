import { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import { batchRows, columnBuilder, ListBuilder, TextBuilder, type ColumnBuilder } from './column-builder.js';

/** A batch is full at this many bytes of text and lists. */
const maxBytes = 4 << 20;

/**
 * Gathers rows as columns. A reader sets every column of the row `row`, then calls `endRow`; until then the row may be begun again. Columns are public,
 * so that a reader can write to them without a call in between.
 */
export class BatchBuilder {
  readonly schema: Schema;
  readonly columns: readonly ColumnBuilder[];
  readonly #long: readonly (TextBuilder | ListBuilder)[];
  /** The row that is being filled. */
  row = 0;

  constructor(schema: Schema) {
    this.schema = schema;
    this.columns = schema.fields.map(columnBuilder);
    this.#long = this.columns.filter((column) => column instanceof TextBuilder || column instanceof ListBuilder);
  }

  /** Whether the batch should be taken. */
  get full(): boolean {
    if (this.row === batchRows) return true;
    let size = 0;
    for (const column of this.#long) size += column.sizeBefore(this.row);
    return size >= maxBytes;
  }

  endRow(): void {
    this.row++;
  }

  /** The rows so far as a batch; begins the next one. */
  take(): FlowBatch {
    const rows = this.row;
    this.row = 0;
    return new FlowBatch(
      this.schema,
      rows,
      this.columns.map((column) => column.take(rows)),
    );
  }
}
