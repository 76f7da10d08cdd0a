import type { FlowError, FlowErrorCode } from '../../errors.js';
import { ModuleThread } from '../../module-thread.js';
import type { ByteInput } from '../byte-input.js';
import { batchRows } from '../column-builder.js';
import type { RowErrors } from '../row-error.js';

/** What the thread is told: to give the next rows, the only columns that they need (between the first rows and the second), or the bytes that it asked for. */
export type ParquetRequest = { kind: 'next' } | { kind: 'columns'; columns: string[] } | { kind: 'bytes'; bytes: ArrayBuffer };

/** What the thread tells: which bytes of the file it needs (`to` is exclusive); rows as an Arrow IPC stream, null behind the last; or what is wrong. */
export type ParquetReply =
  { kind: 'read'; from: number; to: number } | { kind: 'rows'; bytes: Uint8Array<ArrayBuffer> | null } | { kind: 'wrong'; message: string };

/** Rows as an Arrow IPC stream, and where the file has their row group. */
export interface RowsPart {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** Who waits for rows. */
interface Waiter {
  resolve(rows: RowsPart | null): void;
  reject(error: Error): void;
}

/**
 * A thread that decodes one Parquet file, a row group at a time: decoding one takes a tenth of a second and more, and bytes that are wrong can make the library give
 * up for good. The file itself is read here, as its input is freed here. The thread holds the process only while rows are due.
 */
export class ReadingThread {
  readonly #input: ByteInput;
  readonly #errors: RowErrors;
  readonly #thread: ModuleThread<ParquetRequest, ParquetReply>;
  readonly #waiters: Waiter[] = [];
  #failure: Error | null = null;
  #reads: Promise<void> = Promise.resolve();
  /** Whether the directory was read, so that rows are next. */
  #begun = false;
  /** Where the part of the file begins that was read last. */
  #offset = 0;

  constructor(input: ByteInput, errors: RowErrors) {
    this.#input = input;
    this.#errors = errors;
    const owner = {
      take: (reply: ParquetReply) => this.#take(reply),
      failed: (cause: Error) => this.#fail(this.#wrong(cause.message, cause)),
      ended: () => this.#fail(this.#wrong('its thread has ended')),
    };
    this.#thread = new ModuleThread('read/parquet/parquet-worker', owner, { size: input.bytesTotal, batchRows }, '.cjs');
  }

  /**
   * The next rows, at first none of them; null behind the last. It may be called again before that is answered.
   * @throws {FlowError} ERR_NFSTREAM_CORRUPT, ERR_NFSTREAM_TRUNCATED, ERR_NFSTREAM_READ
   */
  next(): Promise<RowsPart | null> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      this.#waiters.push({ resolve, reject });
      this.#thread.hold();
      this.#thread.tell({ kind: 'next' });
    });
  }

  /** Reads no columns but these from now on; there must be one. */
  only(columns: string[]): void {
    this.#thread.tell({ kind: 'columns', columns });
  }

  /** Ends the thread, whatever it does. Once more it does nothing. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  #take(reply: ParquetReply): void {
    switch (reply.kind) {
      case 'rows':
        this.#begun = true;
        this.#answer()?.resolve(reply.bytes === null ? null : { bytes: reply.bytes, offset: this.#offset });
        break;
      case 'wrong':
        this.#fail(this.#wrong(reply.message));
        break;
      case 'read':
        // One after the other: the thread takes bytes in the order in which it asked for them.
        this.#reads = this.#reads.then(() => this.#read(reply.from, reply.to)).catch((error: Error) => this.#fail(error));
    }
  }

  /** Reads for the thread. The places are those that the file tells. */
  async #read(from: number, to: number): Promise<void> {
    if (!(from >= 0 && from <= to && to <= this.#input.bytesTotal))
      throw this.#error('ERR_NFSTREAM_CORRUPT', `its end tells of bytes ${from} to ${to}, which are not there`);
    this.#offset = from;
    const bytes = await this.#input.at(from, to - from);
    if (bytes === null || bytes.length < to - from) throw this.#error('ERR_NFSTREAM_TRUNCATED', 'the file became shorter while it was read');
    this.#thread.tell({ kind: 'bytes', bytes: bytes.buffer as ArrayBuffer }, [bytes.buffer as ArrayBuffer]);
  }

  #wrong(reason: string, cause?: unknown): FlowError {
    return this.#error('ERR_NFSTREAM_CORRUPT', `the ${this.#begun ? 'row group' : 'directory at its end'} cannot be read: ${reason}`, cause);
  }

  #error(code: FlowErrorCode, what: string, cause?: unknown): FlowError {
    return this.#begun ? this.#errors.inRow(code, what, this.#offset, cause) : this.#errors.inInput(code, what, this.#offset, cause);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    while (this.#waiters.length > 0) this.#answer()!.reject(this.#failure);
  }

  #answer(): Waiter | undefined {
    const waiter = this.#waiters.shift();
    if (this.#waiters.length === 0) this.#thread.release();
    return waiter;
  }
}
