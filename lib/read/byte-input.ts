import type { EventEmitter } from 'node:events';
import { constants, fstat as fstatCallback, open as openCallback } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { openError, shownName } from '../open-error.js';
import { FlowError } from '../errors.js';
import { inputsOf } from '../stage/inputs.js';
import { FileChunks, StreamChunks, type Chunks } from './chunks.js';

const open = promisify(openCallback);
const fstat = promisify(fstatCallback);

/** Where flows are read from: a path (`-` is standard input), several paths, or anything that gives bytes or text when it is iterated, as Node's streams do. */
export type ByteSource = string | readonly string[] | AsyncIterable<Uint8Array | string>;

type Source = Exclude<ByteSource, readonly string[]>;

/** The bytes of a file or stream, one chunk after the other. Nothing is opened before the first one is asked for. */
export class ByteInput {
  /** The path as it was given; null for a stream. */
  readonly file: string | null;
  readonly #source: Source;
  #chunks: Chunks | null = null;
  #opening: Promise<void> | null = null;
  #closed = false;
  #closing: Promise<void> | null = null;
  #returned: Buffer | null = null;
  #reader: { close(): Promise<void> } | null = null;
  bytesRead = 0;
  /** Size of a regular file; 0 when it is not known. */
  bytesTotal = 0;

  constructor(source: Source) {
    this.#source = source;
    this.file = typeof source === 'string' ? source : null;
    // A stream may fail before it is read. Whoever reads it is told.
    if (typeof source !== 'string' && 'on' in source && typeof source.on === 'function') (source as unknown as EventEmitter).on('error', () => {});
  }

  /** Finds out the size of a file. What can't be opened is told when it is its turn. */
  async measure(): Promise<void> {
    const stats = this.file === null ? null : await (this.file === '-' ? fstat(0) : stat(this.file)).catch(() => null);
    if (stats?.isFile() === true) this.bytesTotal = stats.size;
  }

  /** The files that it reads, as far as they are known. */
  async files(): Promise<readonly string[]> {
    const { file } = this;
    return file !== null ? [file] : ((await inputsOf(this.#source as object)?.()) ?? []);
  }

  /** How a message names it. */
  get name(): string {
    return this.file === null ? 'The input' : shownName(this.file);
  }

  /**
   * The next chunk, never an empty one; null at the end. It is the caller's until the next call.
   * @throws {FlowError} ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_READ, ERR_NFSTREAM_BATCH_TYPE; a stream's own error as it is
   */
  async next(): Promise<Buffer | null> {
    if (this.#returned !== null) {
      const chunk = this.#returned;
      this.#returned = null;
      return chunk;
    }
    if (this.#chunks === null) await (this.#opening ??= this.#open());
    const chunk = this.#closed ? null : await this.#read(() => this.#chunks!.next());
    if (chunk === null || this.#closed) return null;
    this.bytesRead += chunk.length;
    return chunk;
  }

  /** The first chunk, which `next` will give again; null when there is not a byte. */
  async peek(): Promise<Buffer | null> {
    const chunk = await this.next();
    this.#returned = chunk;
    return chunk;
  }

  /**
   * Bytes of a regular file from any place, fewer where it ends; null of anything else, and when it is closed. Not before a chunk was asked for.
   * @throws {FlowError} ERR_NFSTREAM_READ
   */
  async at(place: number, size: number): Promise<Buffer | null> {
    const chunks = this.#closed ? null : this.#chunks;
    const bytes = chunks === null ? null : await this.#read(() => chunks.at(place, size));
    this.bytesRead = Math.min(this.bytesRead + (bytes?.length ?? 0), this.bytesTotal);
    return bytes;
  }

  /** Tells who reads this with means of its own, which are freed with it. */
  async readBy(reader: { close(): Promise<void> }): Promise<void> {
    this.#reader = reader;
    if (this.#closed) await reader.close();
  }

  /** Frees what is open, whatever is under way. Closing again is nothing. */
  close(): Promise<void> {
    this.#closed = true;
    return (this.#closing ??= this.#free());
  }

  async #free(): Promise<void> {
    await this.#opening?.catch(() => {}); // whoever asked for a chunk is told
    await this.#reader?.close();
    await this.#chunks?.close();
  }

  async #read(read: () => Promise<Buffer | null>): Promise<Buffer | null> {
    try {
      return await read();
    } catch (error) {
      if (this.file === null || error instanceof FlowError) throw error;
      throw new FlowError('ERR_NFSTREAM_READ', `${this.name} could not be read: ${(error as Error).message}.`, { file: this.file, cause: error });
    }
  }

  async #open(): Promise<void> {
    const source = this.#source;
    if (typeof source !== 'string') {
      this.#chunks = new StreamChunks(source);
      return;
    }
    try {
      this.#chunks = await this.#openPath(source);
    } catch (error) {
      throw error instanceof FlowError ? error : openError(source, error as NodeJS.ErrnoException);
    }
  }

  async #openPath(path: string): Promise<Chunks> {
    // O_NONBLOCK: opening a FIFO must not wait for its writer. It means nothing for a regular file.
    const descriptor = path === '-' ? 0 : await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await fstat(descriptor);
    const waits = stats.isFIFO() || stats.isSocket();
    if (stats.isFile()) this.bytesTotal = stats.size;
    if (!waits && path !== '-') {
      const chunks = new FileChunks(descriptor);
      if (!stats.isDirectory()) return chunks;
      await chunks.close();
    }
    if (stats.isDirectory()) throw new FlowError('ERR_NFSTREAM_IS_DIRECTORY', `${this.name} is a directory; give the files in it.`, { file: path });
    return new StreamChunks(path === '-' ? process.stdin : new Socket({ fd: descriptor, writable: false }));
  }
}
