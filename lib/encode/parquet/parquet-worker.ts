import { parentPort } from 'node:worker_threads';
import * as wasm from 'parquet-wasm';
import { threadLoaded } from '../../module-thread.js';
import type { ParquetReply, ParquetRequest, ParquetSettings } from './parquet-thread.js';

// The thread behind parquet-thread.ts. One of it writes all Parquet files of its process that are open.

const port = parentPort!;
const files = new Map<number, ParquetFile>();

const codecs = {
  none: wasm.Compression.UNCOMPRESSED,
  snappy: wasm.Compression.SNAPPY,
  zstd: wasm.Compression.ZSTD,
  lz4: wasm.Compression.LZ4_RAW,
  gzip: wasm.Compression.GZIP,
} as const satisfies Record<ParquetSettings['compression'], wasm.Compression>;

/** A row group also ends at this size, so that long texts don't fill the memory. */
const rowGroupBytes = 64 << 20;

/** A column whose dictionary would be larger has too many values to gain from one; its first rows alone keep it. */
const dictionaryBytes = 128 << 10;

/** One file being written: record batches that the library pulls from a stream, and bytes that it gives in another. */
class ParquetFile {
  readonly #file: number;
  #input: ReadableStreamDefaultController<wasm.RecordBatch> | null = null;
  /** What the library gave and no reply has carried yet. */
  #output: Uint8Array<ArrayBuffer>[] = [];
  /** A batch is with the library, and its request has no reply. */
  #busy = false;
  #rows = 0;
  /** Bytes that replies have carried. */
  #bytes = 0;

  constructor(file: number, settings: ParquetSettings) {
    this.#file = file;
    // Without a buffer of its own, the stream asks for a batch only when the one before has been written.
    const input = new ReadableStream<wasm.RecordBatch>(
      { start: (controller) => void (this.#input = controller), pull: () => this.#written() },
      { highWaterMark: 0 },
    );
    this.#write(input, settings).then(
      () => this.#reply(),
      (error: unknown) => this.#reply(error instanceof Error ? error.message : String(error)),
    );
  }

  /** Takes rows: an Arrow IPC stream. The next may come when this is answered. */
  add(bytes: Uint8Array): void {
    this.#busy = true;
    const table = wasm.Table.fromIPCStream(bytes);
    for (const batch of table.recordBatches()) {
      this.#rows += batch.numRows;
      this.#input!.enqueue(batch); // the library takes it out of JavaScript's hands, and frees it
    }
    table.free();
  }

  end(): void {
    this.#busy = false;
    this.#input!.close();
  }

  /** Makes the library forget the file. */
  drop(): void {
    this.#input!.error(new Error('The file is not wanted any more.'));
  }

  /** The library asks for a batch: the one before has been written. */
  #written(): void {
    if (!this.#busy) return;
    this.#busy = false;
    this.#reply();
  }

  async #write(input: ReadableStream<wasm.RecordBatch>, settings: ParquetSettings): Promise<void> {
    const output = (await wasm.transformParquetStream(input, propertiesOf(settings))) as ReadableStream<Uint8Array<ArrayBuffer>>;
    for await (const bytes of output) {
      // A piece of the library's own memory can't be given away.
      this.#output.push(bytes.buffer.byteLength === bytes.length ? bytes : bytes.slice());
    }
    await checkRows(new FileEnd(this.#output, this.#bytes), this.#rows);
  }

  #reply(error?: string): void {
    const bytes = this.#output.splice(0);
    for (const piece of bytes) this.#bytes += piece.length;
    const reply: ParquetReply = { file: this.#file, bytes, ...(error !== undefined && { error }) };
    port.postMessage(reply, [...new Set(bytes.map((piece) => piece.buffer))]);
  }
}

/** The last bytes of a file, where all that is read of it is. */
class FileEnd extends Blob {
  override readonly size: number;
  readonly #before: number;

  constructor(pieces: readonly Uint8Array<ArrayBuffer>[], before: number) {
    super([...pieces]);
    this.#before = before;
    this.size = pieces.reduce((size, piece) => size + piece.length, before);
  }

  override slice(from = 0, to = this.size): Blob {
    return super.slice(from - this.#before, to - this.#before);
  }
}

/** The library drops a batch that it can't write without a word: the number of rows in the file's end tells. */
async function checkRows(end: FileEnd, rows: number): Promise<void> {
  const file = await wasm.ParquetFile.fromFile(end);
  const metadata = file.metadata();
  const facts = metadata.fileMetadata();
  const written = facts.numRows();
  for (const part of [facts, metadata, file]) part.free();
  if (written !== rows) throw new Error(`of ${rows} rows only ${written} were written`);
}

function propertiesOf({ compression, rowGroupRows, integers, metadata }: ParquetSettings): wasm.WriterProperties {
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(codecs[compression])
    .setMaxRowGroupSize(rowGroupRows)
    .setMaxRowGroupBytes(rowGroupBytes)
    .setDictionaryPageSizeLimit(dictionaryBytes)
    .setStatisticsEnabled(wasm.EnabledStatistics.Chunk)
    .setKeyValueMetadata(new Map(Object.entries(metadata)));
  // Differences of integers in packed bits: a third of the time of a dictionary, and a quarter of its size.
  for (const name of integers) builder = builder.setColumnDictionaryEnabled(name, false).setColumnEncoding(name, wasm.Encoding.DELTA_BINARY_PACKED);
  return builder.build();
}

port.on('message', (request: ParquetRequest) => {
  const file = files.get(request.file);
  switch (request.kind) {
    case 'open':
      files.set(request.file, new ParquetFile(request.file, request.settings));
      break;
    case 'rows':
      file!.add(request.bytes);
      break;
    case 'end':
      file!.end();
      files.delete(request.file);
      break;
    case 'drop':
      file?.drop();
      files.delete(request.file);
  }
});

port.postMessage(threadLoaded);
