import type * as Arrow from 'apache-arrow';
import { buildColumn } from '../../flows/columns.js';
import { FlowBatch } from '../../flows/flow-batch.js';
import { loadArrow } from '../../encode/arrow/arrow-writer.js';
import { Turn } from '../../stage/turn.js';
import type { Schema, RunState } from '../../schema/schema.js';
import { registerDecompression } from './arrow-decompression.js';
import { arrowFields } from './arrow-fields.js';
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
  const turn = new Turn();
  const first = (await messages.next()).value;
  if (first?.type !== MessageHeader.Schema) throw errors.inInput('ERR_NFSTREAM_CORRUPT', 'the Arrow data does not begin with a schema', first?.offset);
  const schema = arrowFields(readBatch([first.bytes], first.offset, errors).schema, run, input.name);
  yield new FlowBatch(schema, 0, schema.fields.map((field) => buildColumn(field, [])));
  const dictionaries: Uint8Array[] = [];
  for await (const message of messages) {
    if (message.type === MessageHeader.DictionaryBatch) dictionaries.push(message.bytes);
    else if (message.type === MessageHeader.RecordBatch) {
      yield* flowBatches(schema, readBatch([first.bytes, ...dictionaries, message.bytes], message.offset, errors), message.offset, errors, turn);
    } else throw errors.inRow('ERR_NFSTREAM_CORRUPT', 'there is a message that is no batch', message.offset);
  }
  return undefined;
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
    throw errors.inRow('ERR_NFSTREAM_CORRUPT', `the record batch can not be read: ${(error as Error).message}`, offset, error);
  }
  throw errors.inRow('ERR_NFSTREAM_CORRUPT', 'the record batch can not be read', offset);
}

/** The rows of a record batch as batches of flows. @throws {FlowError} ERR_NFSTREAM_COLUMN */
export async function* flowBatches(schema: Schema, batch: Arrow.RecordBatch, offset: number, errors: RowErrors, turn: Turn): AsyncGenerator<FlowBatch, undefined> {
  for (let from = 0; from < batch.numRows; from += batchRows) {
    yield flowsOf(schema, batch, from, Math.min(from + batchRows, batch.numRows), errors, offset);
    if (turn.over()) await turn.next();
  }
  return undefined;
}

function flowsOf(schema: Schema, batch: Arrow.RecordBatch, from: number, to: number, errors: RowErrors, offset: number): FlowBatch {
  try {
    const columns = schema.fields.map((field, index) => arrowValues(field, batch.data.children[index]!, from, to));
    errors.rows += to - from;
    return new FlowBatch(schema, to - from, columns);
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    throw errors.inRow('ERR_NFSTREAM_COLUMN', error.message, offset, error);
  }
}
