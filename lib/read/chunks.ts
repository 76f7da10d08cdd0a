import { close as closeCallback, fstat as fstatCallback, read as readCallback } from 'node:fs';
import { promisify } from 'node:util';
import { FlowError } from '../errors.js';

const read = promisify(readCallback);
const fstat = promisify(fstatCallback);
const close = promisify(closeCallback);

/** Bytes as they come. */
export interface Chunks {
  /** The next chunk, never an empty one; null at the end. It is the caller's until the next call. */
  next(): Promise<Buffer | null>;
  /** Bytes of a regular file from any place, fewer where it ends; null of anything else. */
  at(place: number, size: number): Promise<Buffer | null>;
  /** Frees what is open, whatever is under way. */
  close(): Promise<void>;
}

/** Bytes of a file that are read at once. */
const chunkSize = 256 << 10;

/** Reads a file by its descriptor, one chunk ahead: the disk works while the chunk before is parsed. Two buffers take turns. */
export class FileChunks implements Chunks {
  readonly #descriptor: number;
  #buffers: [ahead: Buffer, inUse: Buffer] = [Buffer.allocUnsafeSlow(chunkSize), Buffer.allocUnsafeSlow(chunkSize)];
  #ahead: Promise<number> | null = null;
  readonly #atPlaces = new Set<Promise<Buffer | null>>();

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async next(): Promise<Buffer | null> {
    const size = await (this.#ahead ?? this.#read());
    this.#ahead = null;
    if (size === 0) return null;
    this.#buffers = [this.#buffers[1], this.#buffers[0]];
    const chunk = this.#buffers[1].subarray(0, size);
    this.#ahead = this.#read();
    this.#ahead.catch(() => {}); // told by the next call
    return chunk;
  }

  async at(place: number, size: number): Promise<Buffer | null> {
    const reading = this.#readAt(place, size);
    this.#atPlaces.add(reading);
    try {
      return await reading;
    } finally {
      this.#atPlaces.delete(reading);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#ahead, ...this.#atPlaces]); // nobody wants them any more, but they use the descriptor
    await close(this.#descriptor);
  }

  async #readAt(place: number, size: number): Promise<Buffer | null> {
    const stats = await fstat(this.#descriptor);
    if (!stats.isFile()) return null;
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(size, stats.size - place)));
    let got = 0;
    for (let more = -1; got < bytes.length && more !== 0; got += more)
      more = (await read(this.#descriptor, bytes, got, bytes.length - got, place + got)).bytesRead;
    return bytes.subarray(0, got);
  }

  async #read(): Promise<number> {
    return (await read(this.#descriptor, this.#buffers[0], 0, chunkSize, null)).bytesRead;
  }
}

/** Reads a stream, or anything else that gives bytes when it is iterated. */
export class StreamChunks implements Chunks {
  readonly #stream: AsyncIterable<unknown>;
  readonly #iterator: AsyncIterator<unknown>;

  constructor(stream: AsyncIterable<unknown>) {
    this.#stream = stream;
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  async next(): Promise<Buffer | null> {
    for (;;) {
      const { done, value } = await this.#iterator.next();
      if (done === true) return null;
      const chunk = bytesOf(value);
      if (chunk.length > 0) return chunk;
    }
  }

  at(): Promise<null> {
    return Promise.resolve(null);
  }

  async close(): Promise<void> {
    const stream = this.#stream as { destroy?: () => unknown };
    if (typeof stream.destroy === 'function') stream.destroy();
    // Not waited for: an iterator that waits for a chunk answers after it.
    else Promise.resolve(this.#iterator.return?.()).catch(() => {}); // its source is not wanted any more
  }
}

function bytesOf(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new FlowError(
    'ERR_NFSTREAM_BATCH_TYPE',
    `A reader of flows takes a stream of bytes or text, but received a chunk that is ${chunk === null ? 'null' : `of type ${typeof chunk}`}.`,
  );
}
