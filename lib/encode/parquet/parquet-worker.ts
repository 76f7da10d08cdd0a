import { parentPort } from 'node:worker_threads';
import * as wasm from 'parquet-wasm';
import { threadLoaded } from '../../thread-loaded.js';
import type { ParquetReply, ParquetRequest, ParquetSettings } from './parquet-thread.js';
import { writtenRows } from './written-rows.js';

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
    // The library drops a batch that it can't write without a word: the number of rows in the file's end tells.
    const written = writtenRows(this.#output);
    if (written !== this.#rows) throw new Error(`of ${this.#rows} rows only ${written} were written`);
  }

  #reply(error?: string): void {
    const bytes = this.#output.splice(0);
    const reply: ParquetReply = { file: this.#file, bytes, ...(error !== undefined && { error }) };
    port.postMessage(reply, [...new Set(bytes.map((piece) => piece.buffer))]);
  }
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
