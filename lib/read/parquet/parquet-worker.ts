import { parentPort, workerData } from 'node:worker_threads';
import { ParquetFile, type RecordBatch } from 'parquet-wasm';
import { threadLoaded } from '../../thread-loaded.js';
import type { ParquetReply, ParquetRequest } from './parquet-thread.js';

// The thread behind parquet-thread.ts. It reads one file.

const port = parentPort!;
const { size, batchRows } = workerData as { size: number; batchRows: number };

/** The columns to read; all of them without it. */
let columns: string[] | null = null;

/** Who waits for bytes of the file, in the order in which they were asked for. */
const waiters: ((bytes: ArrayBuffer) => void)[] = [];

/** A file of which every part is read when its bytes are asked for, by the thread that has it open. */
class RemoteFile extends Blob {
  override readonly size: number;
  readonly #from: number;

  constructor(from: number, to: number) {
    super([]);
    this.#from = from;
    this.size = to - from;
  }

  override slice(from = 0, to = this.size): Blob {
    return new RemoteFile(this.#from + from, this.#from + to);
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return new Promise((resolve) => {
      waiters.push(resolve);
      reply({ kind: 'read', from: this.#from, to: this.#from + this.size });
    });
  }
}

/** The file's rows as Arrow IPC streams, the first one with the schema alone. */
async function* rowsOf(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
  const file = await ParquetFile.fromFile(blob);
  yield own(file.schema().intoIPCStream());
  const expected = rowCount(file);
  let rows = 0;
  for await (const batch of (await file.stream({ batchSize: batchRows, ...(columns !== null && { columns }) })) as ReadableStream<RecordBatch>) {
    rows += batch.numRows;
    yield own(batch.intoIPCStream()); // which frees it
  }
  file.free();
  if (rows !== expected) throw new Error(`its end says that there are ${expected} rows, but there are ${rows}`);
  return undefined;
}

function rowCount(file: ParquetFile): number {
  const metadata = file.metadata();
  const facts = metadata.fileMetadata();
  const rows = facts.numRows();
  for (const part of [facts, metadata]) part.free();
  return rows;
}

/** The library copies what it gives out of its memory. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

function reply(message: ParquetReply): void {
  port.postMessage(message, message.kind === 'rows' && message.bytes !== null ? [message.bytes.buffer] : []);
}

async function giveNext(): Promise<void> {
  try {
    const { value } = await rows.next();
    reply({ kind: 'rows', bytes: value ?? null });
  } catch (error) {
    reply({ kind: 'wrong', message: error instanceof Error ? error.message : String(error) });
  }
}

const rows = rowsOf(new RemoteFile(0, size));

port.on('message', (request: ParquetRequest) => {
  if (request.kind === 'next') void giveNext();
  else if (request.kind === 'columns') ({ columns } = request);
  else waiters.shift()!(request.bytes);
});

port.postMessage(threadLoaded);
