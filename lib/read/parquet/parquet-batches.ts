import type { FlowBatch } from '../../flows/flow-batch.js';
import type { RunState } from '../../stage/run-state.js';
import { flowBatches, readBatch, type RecordPart } from '../arrow/arrow-batches.js';
import type { ByteInput } from '../byte-input.js';
import { ReadingThread, type RowsPart } from './parquet-thread.js';
import { parquetMagic } from '../first-bytes.js';
import { RowErrors } from '../row-error.js';

/** Batches that the thread may decode ahead, as the first one of a row group takes longer than others. */
const readAhead = 4;

/** The length of the directory at the end, and the magic bytes behind it. */
const suffixSize = 4 + parquetMagic.length;

/**
 * The batches of a Parquet file, the first of them empty. What is wrong is thrown after the last row group in front of it.
 * @param needed the columns that are read, of those that are there; all of them without it
 */
export async function* parquetBatches(input: ByteInput, run: RunState, needed: ReadonlySet<string> | null = null): AsyncGenerator<FlowBatch, undefined> {
  const errors = new RowErrors(input.file, input.name);
  await checkEnds(input, errors);
  const thread = new ReadingThread(input, errors);
  const first = thread.next();
  first.catch(() => {}); // told by the await of it
  await input.readBy(thread);
  const { schema } = readBatch([(await first)!.bytes], 0, errors);
  const names = schema.fields.map(({ name }) => name).filter((name) => needed === null || needed.has(name));
  const some = names.length > 0 && names.length < schema.fields.length;
  if (some) thread.only(names);
  yield* flowBatches(some ? schema.select(names) : schema, recordParts(thread, errors), run, input, errors);
  return undefined;
}

async function* recordParts(thread: ReadingThread, errors: RowErrors): AsyncGenerator<RecordPart, undefined> {
  const ahead: Promise<RowsPart | null>[] = [];
  for (;;) {
    while (ahead.length < readAhead) {
      const next = thread.next();
      next.catch(() => {}); // told by the await of it, behind the rows that are here
      ahead.push(next);
    }
    const part = await ahead.shift()!;
    if (part === null) return undefined;
    yield { batch: readBatch([part.bytes], part.offset, errors), offset: part.offset };
  }
}

/**
 * Looks at both ends of a file, before a thread is started for it.
 * @throws {FlowError} ERR_NFSTREAM_EMPTY_FILE, ERR_NFSTREAM_INPUT_FORMAT, ERR_NFSTREAM_TRUNCATED, ERR_NFSTREAM_CORRUPT
 */
async function checkEnds(input: ByteInput, errors: RowErrors): Promise<void> {
  const first = await input.peek();
  if (first === null) throw errors.inInput('ERR_NFSTREAM_EMPTY_FILE', 'it is empty, and Parquet has at least its ends');
  if (!parquetMagic.equals(first.subarray(0, parquetMagic.length)))
    throw errors.inInput('ERR_NFSTREAM_INPUT_FORMAT', 'it is not Parquet: it begins with other bytes');
  const size = input.bytesTotal;
  const suffix = await input.at(Math.max(0, size - suffixSize), suffixSize);
  if (suffix === null)
    throw errors.inInput(
      'ERR_NFSTREAM_INPUT_FORMAT',
      'Parquet has its directory at its end, so that it cannot be read from a stream or pipe; write it to a file first',
    );
  if (size < parquetMagic.length + suffixSize || !parquetMagic.equals(suffix.subarray(4))) {
    throw errors.inInput('ERR_NFSTREAM_TRUNCATED', 'the Parquet file has no end, without which it cannot be read: it was cut off', size);
  }
  const length = suffix.readUInt32LE(0);
  if (length === 0 || length > size - suffixSize - parquetMagic.length)
    throw errors.inInput('ERR_NFSTREAM_CORRUPT', `its end says that it has ${length} bytes`, size - suffixSize);
}
