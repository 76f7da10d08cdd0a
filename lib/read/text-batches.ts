import { Turn } from '../stage/turn.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Field } from '../schema/fields.js';
import { Schema } from '../schema/schema.js';
import type { RunState } from '../stage/run-state.js';
import { BatchBuilder } from './batch-builder.js';
import { batchRows } from './column-builder.js';
import type { ByteInput } from './byte-input.js';
import { ByteWindow } from './byte-window.js';
import type { RowReader } from './row-reader.js';

/** Rows that are read between two looks at the clock. */
const stride = 128;

/** The batches of a text format, the first of them empty. What is wrong is thrown after the last row in front of it. */
export async function* textBatches(input: ByteInput, format: RowReader, run: RunState): AsyncGenerator<FlowBatch, undefined> {
  const window = new ByteWindow(input);
  const builder = new BatchBuilder(new Schema(await fieldsOf(window, format), run));
  yield builder.take();
  const turn = new Turn();
  let failure: { cause: unknown } | null = null;
  for (;;) {
    const rows = Math.min(stride, batchRows - builder.row);
    try {
      if (!format.rows(window, builder, rows)) {
        if (window.ended) {
          format.end(window);
          break;
        }
        await window.more();
      }
    } catch (error) {
      failure = { cause: error };
      break;
    }
    if (builder.full) yield builder.take();
    if (turn.over()) await turn.next();
  }
  if (builder.row > 0) yield builder.take();
  if (failure !== null) throw failure.cause;
  return undefined;
}

async function fieldsOf(window: ByteWindow, format: RowReader): Promise<readonly Field[]> {
  for (;;) {
    const fields = await format.fields(window);
    if (fields !== null) return fields;
    await window.more();
  }
}
