import type * as Arrow from 'apache-arrow';
import { buildColumn } from '../../flows/columns.js';
import { FlowBatch } from '../../flows/flow-batch.js';
import { loadArrow } from '../../load-arrow.js';
import { Turn } from '../../stage/turn.js';
import type { Schema } from '../../schema/schema.js';
import type { RunState } from '../../stage/run-state.js';
import { registerDecompression } from './arrow-decompression.js';
import { arrowFields } from './arrow-fields.js';
import { hasOpenLists } from './arrow-lists.js';
import { arrowMessages } from './arrow-messages.js';
import { arrowValues } from './arrow-values.js';
import type { ByteInput } from '../byte-input.js';
import { CellError } from '../cell-error.js';
import { batchRows } from '../column-builder.js';
import { RowErrors } from '../row-error.js';

/** The batches of Arrow's stream or file format, the first of them empty. What is wrong is thrown after the last record batch in front of it. */
export async function* arrowBatches(input: ByteInput, run: RunState): AsyncGenerator<FlowBatch, undefined> {
  const { MessageHeader } = loadArrow();
  registerDecompression();
  const errors = new RowErrors(input.file, input.name);
  const messages = arrowMessages(input, errors);
  const first = (await messages.next()).value;
  if (first?.type !== MessageHeader.Schema) throw errors.inInput('ERR_NFSTREAM_CORRUPT', 'the Arrow data does not begin with a schema', first?.offset);
  async function* parts(schema: Uint8Array): AsyncGenerator<RecordPart, undefined> {
    const dictionaries: Uint8Array[] = [];
    for await (const { type, bytes, offset } of messages) {
      if (type === MessageHeader.DictionaryBatch) dictionaries.push(bytes);
      else if (type === MessageHeader.RecordBatch) yield { batch: readBatch([schema, ...dictionaries, bytes], offset, errors), offset };
      else throw errors.inRow('ERR_NFSTREAM_CORRUPT', 'there is a message that is not a batch', offset);
    }
    return undefined;
  }
  yield* flowBatches(readBatch([first.bytes], first.offset, errors).schema, parts(first.bytes), run, input, errors);
  return undefined;
}

/** A record batch, and where the input has it. */
export interface RecordPart {
  readonly batch: Arrow.RecordBatch;
  readonly offset: number;
}

/**
 * Record batches as batches of flows, the first of them empty; but where only rows tell how long lists are, the first batch with rows is waited for.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN
 */
export async function* flowBatches(
  told: Arrow.Schema,
  parts: AsyncIterable<RecordPart>,
  run: RunState,
  { name }: ByteInput,
  errors: RowErrors,
): AsyncGenerator<FlowBatch, undefined> {
  let schema = hasOpenLists(told) ? null : arrowFields(told, run, name);
  if (schema !== null) yield emptyBatch(schema);
  const turn = new Turn();
  for await (const { batch, offset } of parts) {
    if (schema === null && batch.numRows > 0) {
      schema = placed(errors, offset, () => arrowFields(told, run, name, batch));
      yield emptyBatch(schema);
    }
    for (let from = 0; from < batch.numRows; from += batchRows) {
      yield flowsOf(schema!, batch, from, Math.min(from + batchRows, batch.numRows), errors, offset);
      if (turn.over()) await turn.next();
    }
  }
  if (schema === null) yield emptyBatch(arrowFields(told, run, name));
  return undefined;
}

function emptyBatch(schema: Schema): FlowBatch {
  return new FlowBatch(
    schema,
    0,
    schema.fields.map((field) => buildColumn(field, [])),
  );
}

/**
 * One record batch with the schema and the dictionaries that it needs, read by apache-arrow as a stream of its own: its reader of a whole stream would read
 * ahead of what is here.
 * @param messages the messages, in order, @param offset where the input has the batch
 * @throws {FlowError} ERR_NFSTREAM_CORRUPT
 */
export function readBatch(messages: readonly Uint8Array[], offset: number, errors: RowErrors): Arrow.RecordBatch {
  try {
    const [batch] = loadArrow().RecordBatchReader.from(messages);
    if (batch !== undefined) return batch;
  } catch (error) {
    throw errors.inRow('ERR_NFSTREAM_CORRUPT', `the record batch cannot be read: ${(error as Error).message}`, offset, error);
  }
  throw errors.inRow('ERR_NFSTREAM_CORRUPT', 'the record batch cannot be read', offset);
}

function flowsOf(schema: Schema, batch: Arrow.RecordBatch, from: number, to: number, errors: RowErrors, offset: number): FlowBatch {
  return placed(errors, offset, () => {
    const columns = schema.fields.map((field, index) => arrowValues(field, batch.data.children[index]!, from, to));
    errors.rows += to - from;
    return new FlowBatch(schema, to - from, columns);
  });
}

/** Does something with a batch of the input; what is wrong with a value gets its place. @throws {FlowError} ERR_NFSTREAM_COLUMN */
function placed<Result>(errors: RowErrors, offset: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    throw errors.inRow('ERR_NFSTREAM_COLUMN', error.message, offset, error);
  }
}
