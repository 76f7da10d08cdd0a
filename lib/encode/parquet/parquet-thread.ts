import { FlowError } from '../../errors.js';
import { ModuleThread } from '../../module-thread.js';

/** How Parquet's pages are compressed. */
export type ParquetCompression = 'none' | 'snappy' | 'zstd' | 'lz4' | 'gzip';

/** What the thread must know of a file. */
export interface ParquetSettings {
  compression: ParquetCompression;
  rowGroupRows: number;
  /** Names of the columns of integers, which get an encoding of their own. */
  integers: readonly string[];
  metadata: Readonly<Record<string, string>>;
}

/** What the thread is asked. It replies once to each `rows` and `end`. */
export type ParquetRequest =
  | { kind: 'open'; file: number; settings: ParquetSettings }
  | { kind: 'rows'; file: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'end'; file: number }
  | { kind: 'drop'; file: number };

/** What the thread replies: bytes of the file, or why it can't be written. */
export interface ParquetReply {
  file: number;
  bytes: Uint8Array<ArrayBuffer>[];
  error?: string;
}

/** A file that the thread is writing. */
interface OpenFile {
  /** Who waits for a reply. */
  waiter: { resolve(bytes: Uint8Array<ArrayBuffer>[]): void; reject(error: FlowError): void } | null;
  failure: FlowError | null;
}

/** The thread that writes Parquet. It holds the process only while a reply is due. */
class WritingThread {
  readonly #thread: ModuleThread<ParquetRequest, ParquetReply>;
  readonly #files = new Map<number, OpenFile>();
  #due = 0;

  constructor() {
    const owner = {
      take: (reply: ParquetReply) => this.#settle(reply),
      failed: (cause: Error) => this.#fail(cause.message, cause),
      ended: () => this.#fail('its thread has ended'),
    };
    this.#thread = new ModuleThread('encode/parquet/parquet-worker', owner, undefined, '.cjs');
  }

  open(file: number, settings: ParquetSettings): void {
    this.#files.set(file, { waiter: null, failure: null });
    this.#thread.tell({ kind: 'open', file, settings });
  }

  /** Sends rows, or the end of a file, whose last request has been answered. */
  ask(request: Extract<ParquetRequest, { kind: 'rows' | 'end' }>): Promise<Uint8Array<ArrayBuffer>[]> {
    const file = this.#files.get(request.file);
    return new Promise((resolve, reject) => {
      if (file === undefined || file.failure !== null) return reject(file?.failure ?? encodeError('it was given up'));
      file.waiter = { resolve, reject };
      if (++this.#due === 1) this.#thread.hold();
      this.#thread.tell(request, request.kind === 'rows' ? [request.bytes.buffer] : []);
    });
  }

  /** Forgets a file; who waits for it is told. The thread ends with its last file, before this is done. */
  async close(number: number): Promise<void> {
    const file = this.#files.get(number);
    if (file === undefined) return;
    this.#answer(file)?.reject(encodeError('it was given up'));
    this.#files.delete(number);
    if (this.#files.size > 0) {
      this.#thread.tell({ kind: 'drop', file: number });
      return;
    }
    if (thread === this) thread = null;
    await this.#thread.close();
  }

  #settle({ file: number, bytes, error }: ParquetReply): void {
    const file = this.#files.get(number);
    if (file === undefined) return; // closed meanwhile
    if (error !== undefined) this.#failFile(file, encodeError(error));
    else this.#answer(file)?.resolve(bytes);
  }

  #fail(reason: string, cause?: unknown): void {
    if (thread === this) thread = null; // the next file gets a new one
    for (const file of this.#files.values()) this.#failFile(file, encodeError(reason, cause));
  }

  #failFile(file: OpenFile, error: FlowError): void {
    file.failure ??= error;
    this.#answer(file)?.reject(file.failure);
  }

  #answer(file: OpenFile): OpenFile['waiter'] {
    const { waiter } = file;
    file.waiter = null;
    if (waiter !== null && --this.#due === 0) this.#thread.release();
    return waiter;
  }
}

let thread: WritingThread | null = null;
let fileNumber = 0;

/** A Parquet file that a thread of its own writes, as closing a row group blocks its thread for half a second. Files that are open together share it. */
export class ParquetFile {
  readonly #thread: WritingThread;
  readonly #number = fileNumber++;
  /** The request under way; the next rows are made meanwhile. */
  #asked: Promise<Uint8Array<ArrayBuffer>[]> = Promise.resolve([]);

  constructor(settings: ParquetSettings) {
    this.#thread = thread ??= new WritingThread();
    this.#thread.open(this.#number, settings);
  }

  /**
   * Writes rows: an Arrow IPC stream, whose memory goes to the thread.
   * @returns the bytes that the file has got from the rows before these
   * @throws {FlowError} ERR_NFSTREAM_ENCODE
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>[]> {
    const before = await this.#asked;
    this.#ask({ kind: 'rows', file: this.#number, bytes });
    return before;
  }

  /** Writes the end of the file; gives the bytes that are left. */
  async end(): Promise<Uint8Array<ArrayBuffer>[]> {
    const before = await this.#asked;
    this.#ask({ kind: 'end', file: this.#number });
    const last = await this.#asked;
    await this.close();
    return [...before, ...last];
  }

  /** Gives up what is not written. Once more, or after the end, it does nothing. */
  close(): Promise<void> {
    return this.#thread.close(this.#number);
  }

  #ask(request: Extract<ParquetRequest, { kind: 'rows' | 'end' }>): void {
    this.#asked = this.#thread.ask(request);
    this.#asked.catch(() => {}); // told by the next await of it; without one the file is being given up
  }
}

function encodeError(reason: string, cause?: unknown): FlowError {
  return new FlowError('ERR_NFSTREAM_ENCODE', `The flows could not be written as Parquet: ${reason}. Write another format, or report this.`, { cause });
}
