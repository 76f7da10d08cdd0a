import type { NativeBatch } from '../../typings/native.js';
import type { Schema } from '../schema/schema.js';
import type { FlowColumn } from './columns.js';
import { FlowBatch } from './flow-batch.js';

/** Makes a batch of what the engine gave: typed arrays over its one piece of memory. */
export function takenBatch(schema: Schema, taken: NativeBatch): FlowBatch {
  const { rows, memory, layout } = taken;
  const columns = schema.fields.map((field, index): FlowColumn => {
    const values = layout[3 * index]!;
    switch (field.type) {
      case 'int':
        return { type: 'int', values: new BigInt64Array(memory, values, rows), halves: new Int32Array(memory, values, 2 * rows), valid: null };
      case 'float':
        return { type: 'float', values: new Float64Array(memory, values, rows), valid: null };
      case 'text':
        return {
          type: 'text',
          offsets: new Int32Array(memory, values, rows + 1),
          bytes: new Uint8Array(memory, layout[3 * index + 1]!, layout[3 * index + 2]!),
          valid: null,
        };
    }
  });
  return new FlowBatch(schema, rows, columns);
}
