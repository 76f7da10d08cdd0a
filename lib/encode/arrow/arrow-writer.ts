import { createRequire } from 'node:module';
import type * as Arrow from 'apache-arrow';
import { asFlowError, native } from '../../native.js';
import { ownBytes } from '../encoder.js';

/** How the buffers of Arrow's record batches are compressed: not, each as an LZ4 frame, or each as a zstd frame. */
export type ArrowCompression = 'none' | 'lz4' | 'zstd';

/** Writes Arrow IPC. Its bytes are fetched after each step, instead of queueing without a bound. */
export interface ArrowWriter {
  /** Writes the schema; once, before any batch. */
  begin(schema: Arrow.Schema): void;
  /** Writes a record batch of this schema; the last one must be done. */
  write(batch: Arrow.RecordBatch): void | Promise<void>;
  /** Writes what stands at the end. */
  end(): void;
  /** The bytes since the last call; large pieces are memory of the batches. */
  take(): Uint8Array[];
}

/** Length of a buffer in Arrow's compressed bodies that says: it is stored as it is. */
const storedAsIs = -1n;

/** Pieces below this size cost more to hand on than to copy. */
const smallPiece = 16 << 10;

let loaded: typeof Arrow | undefined;

/** Loads apache-arrow on first use: it takes longer than all the rest of the library together. */
export function loadArrow(): typeof Arrow {
  loaded ??= createRequire(import.meta.url)('apache-arrow') as typeof Arrow;
  return loaded;
}

/** Makes a writer of Arrow's IPC stream format or its file format. */
export function arrowWriter(format: 'stream' | 'file', compression: ArrowCompression): ArrowWriter {
  const arrow = loadArrow();
  const pieces: Uint8Array[] = [];
  // Both writers have the members that are used here.
  const Base = format === 'file' ? (arrow.RecordBatchFileWriter as unknown as typeof arrow.RecordBatchStreamWriter) : arrow.RecordBatchStreamWriter;

  class Writer extends Base {
    /** A batch whose buffers have been compressed, with what is written of it. */
    ready: { batch: Arrow.RecordBatch; parts: ReturnType<Writer['assemble']> } | null = null;

    assemble(batch: Arrow.RecordBatch) {
      return super._assembleRecordBatch(batch);
    }

    protected override _assembleRecordBatch(batch: Arrow.RecordBatch | Arrow.Vector) {
      return batch === this.ready?.batch ? this.ready.parts : super._assembleRecordBatch(batch);
    }

    /** Stores buffers as they are: apache-arrow's own function compresses on this thread, and writes the wrong length before each. */
    protected override _compressBodyBuffers(buffers: ArrayBufferView[]) {
      return compressedBody(buffers.map(bytesOf), []);
    }

    protected override _write(chunk: Parameters<typeof arrow.util.toUint8Array>[0]): this {
      const piece = arrow.util.toUint8Array(chunk);
      if (piece.length > 0) pieces.push(piece);
      this._position += piece.length;
      return this;
    }
  }

  const types = { none: null, lz4: arrow.CompressionType.LZ4_FRAME, zstd: arrow.CompressionType.ZSTD };
  const writer = new Writer({ autoDestroy: true, compressionType: types[compression] });

  async function writeCompressed(batch: Arrow.RecordBatch, codec: 'lz4' | 'zstd'): Promise<void> {
    const parts = writer.assemble(batch);
    const buffers = parts.buffers.filter((_, index) => index % 2 === 1).map(bytesOf);
    const compressed = await native.compressBlocks(codec, buffers).catch((error: unknown) => {
      throw asFlowError(error);
    });
    writer.ready = { batch, parts: { ...parts, ...compressedBody(buffers, compressed) } };
    writer.write(batch);
    writer.ready = null;
  }

  return {
    begin: (schema) => void writer.reset(undefined, schema),
    write: (batch) => (compression === 'none' ? writer.write(batch) : writeCompressed(batch, compression)),
    end: () => void writer.finish(),
    take: () => gathered(pieces.splice(0)),
  };
}

/**
 * The body of a compressed record batch: before each buffer its uncompressed length, or -1 where compression doesn't make it smaller.
 * @param compressed the buffers' compressed bytes; where there are none the buffer is stored as it is
 */
function compressedBody(buffers: readonly Uint8Array[], compressed: readonly Uint8Array[]) {
  const regions: { offset: number; length: number }[] = [];
  const body: Uint8Array[] = [];
  let offset = 0;
  buffers.forEach((plain, index) => {
    const smaller = compressed[index] !== undefined && compressed[index].length < plain.length ? compressed[index] : null;
    const bytes = smaller ?? plain;
    const prefix = new Uint8Array(plain.length === 0 ? 0 : 8);
    if (plain.length > 0) new DataView(prefix.buffer).setBigInt64(0, smaller === null ? storedAsIs : BigInt(plain.length), true);
    const length = prefix.length + bytes.length;
    body.push(prefix, bytes);
    regions.push({ offset, length });
    offset += (length + 7) & ~7; // every buffer begins at a multiple of 8
  });
  return { byteLength: offset, bufferRegions: regions, buffers: body };
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Puts small pieces that follow each other together; large ones stay as they are. */
function gathered(pieces: readonly Uint8Array[]): Uint8Array[] {
  const whole: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  for (const piece of pieces) {
    if (piece.length < smallPiece) small.push(piece);
    else {
      if (small.length > 0) whole.push(ownBytes(small));
      whole.push(piece);
      small = [];
    }
  }
  if (small.length > 0) whole.push(ownBytes(small));
  return whole;
}
