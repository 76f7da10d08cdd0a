import { Readable, type Writable } from 'node:stream';
import { invalidOption } from '../errors.js';

/** The bytes of a capture that are here already, or come from a stream that is none of Node's: a Web stream, or anything that can be iterated. */
export type GivenBytes = Uint8Array | AsyncIterable<Uint8Array>;

/** Bytes of a chunk of what is in memory. */
const chunkBytes = 512 << 10;

/** Whether a value is bytes or a stream of them, and no options. */
export function isGivenBytes(value: unknown): value is GivenBytes {
  return value instanceof Uint8Array || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);
}

/**
 * Feeds a stage with bytes, at its pace. When the stage is destroyed the stream that they come from is cancelled, and when that fails the stage is destroyed.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE for a Web stream that somebody else reads
 */
export function feedBytes(bytes: GivenBytes, stage: Writable): void {
  const reader = readerOf(bytes);
  const chunks = bytes instanceof Uint8Array ? pieces(bytes) : checked(reader === null ? bytes : chunksOf(reader));
  const source = Readable.from(chunks, { objectMode: false, highWaterMark: chunkBytes });
  source.once('error', (error) => stage.destroy(error));
  stage.once('close', () => {
    // A read that waits ends only so. What the stream says of being cancelled is nobody's any more.
    reader?.cancel().catch(() => {});
    source.destroy();
  });
  source.pipe(stage);
}

/** Of a Web stream; null of anything else. */
function readerOf(bytes: object): ReadableStreamDefaultReader<unknown> | null {
  if (!(bytes instanceof ReadableStream)) return null;
  if (bytes.locked) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the source of captureStream()', 'a Web stream that nobody else reads', bytes);
  return bytes.getReader();
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function* chunksOf(reader: ReadableStreamDefaultReader<unknown>): AsyncGenerator<unknown> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function* checked(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'a chunk of the source of captureStream()', 'a Uint8Array', chunk);
    if (chunk.length > 0) yield chunk;
  }
}
