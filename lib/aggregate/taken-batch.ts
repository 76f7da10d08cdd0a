import type { NativeBatch } from '../../typings/native.js';
import type { Schema } from '../schema/schema.js';
import { intColumn, listItems, type FlowColumn } from './columns.js';
import { FlowBatch } from './flow-batch.js';

/** Makes a batch of what the engine gave: typed arrays over its one piece of memory. */
export function takenBatch(schema: Schema, { rows, memory, layout }: NativeBatch): FlowBatch {
  const columns = schema.fields.map((field, index): FlowColumn => {
    const [values, text, textBytes, validity] = layout.subarray(4 * index, 4 * index + 4) as unknown as [number, number, number, number];
    const valid = validity < 0 ? null : new Uint8Array(memory, validity, rows);
    switch (field.type) {
      case 'int':
        return intColumn(new BigInt64Array(memory, values, rows), valid, field.bigint === true);
      case 'float':
        return { type: 'float', values: new Float64Array(memory, values, rows), valid };
      case 'text':
        return { type: 'text', offsets: new Int32Array(memory, values, rows + 1), bytes: new Uint8Array(memory, text, textBytes), valid };
      case 'list': {
        const { item, size } = field.list!;
        return { type: 'list', items: listItems(item, memory, values, rows * size), size, valid };
      }
    }
  });
  return new FlowBatch(schema, rows, columns);
}
