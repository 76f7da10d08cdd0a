import type { NativeBatch } from '../../typings/native.js';
import type { Field } from '../schema/fields.js';
import type { Schema } from '../schema/schema.js';
import { intColumn, listColumn, listItems, type FlowColumn, type TextColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import type { CaptureFacts } from './pieces.js';

/** Makes a batch of what the engine gave, typed arrays over its one piece of memory, and of what its capture's columns say. `added` are the last ones, which others have filled. */
export function takenBatch(
  schema: Schema,
  { rows, memory, layout }: NativeBatch,
  source: FlowSource | null,
  facts: CaptureFacts,
  added: readonly FlowColumn[] = [],
): FlowBatch {
  let next = 0;
  const columns = schema.fields.slice(0, schema.fields.length - added.length).map((field): FlowColumn => {
    if (field.ofCapture) return constant(facts[field.name]!, field, rows);
    const index = next++;
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
        return listColumn(listItems(item, memory, values, rows * size), size, valid);
      }
    }
  });
  return new FlowBatch(schema, rows, [...columns, ...added], source);
}

const encoder = new TextEncoder();

/** A column with the same value in every row. */
function constant(value: string | bigint, { bigint }: Field, rows: number): FlowColumn {
  return typeof value === 'string' ? constantText(value, rows) : intColumn(new BigInt64Array(rows).fill(value), null, bigint);
}

function constantText(text: string, rows: number): TextColumn {
  const once = encoder.encode(text);
  const bytes = new Uint8Array(once.length * rows);
  for (let row = 0; row < rows; row++) bytes.set(once, row * once.length);
  return { type: 'text', offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * once.length), bytes, valid: null };
}
