import { once } from 'node:events';
import { createDeflateRaw, type DeflateRaw } from 'node:zlib';
import { ArrowEncoder } from '../encode/arrow/arrow.js';
import { joinBytes } from '../encode/encoder.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';

/** Fast: what comes in can be more than what fits by far. */
const level = 2;

/** Bytes that may wait to be compressed, by a thread, while the next flows are looked at. */
const mostWaiting = 4 << 20;

/** The bytes that base64 makes of some. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** Flows as an Arrow stream, compressed by DEFLATE while they come, as long as they take no more room than they may have. */
export class FlowPack {
  readonly #limit: number;
  readonly #encoder = new ArrowEncoder({ format: 'stream', compression: 'none', dictionary: false, compact: true });
  #deflate: DeflateRaw | null = null;
  #failed: Error | null = null;
  #pieces: Buffer[] = [];
  #size = 0;
  flows = 0;

  /** @param limit bytes in base64 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether they take more room than they may have: then they are given up. */
  get over(): boolean {
    return base64Length(this.#size) > this.#limit;
  }

  async begin(schema: Schema): Promise<void> {
    if (this.over || this.#limit === 0) return this.close();
    this.#deflate = createDeflateRaw({ level })
      .on('data', (piece: Buffer) => {
        this.#size += piece.length;
        this.#pieces.push(piece);
      })
      .on('error', (error) => (this.#failed = error));
    await this.#give(this.#encoder.start(schema));
  }

  /** Adds rows `from` to `to` (exclusive). */
  async add(batch: FlowBatch, from: number, to: number): Promise<void> {
    if (this.#deflate === null) return;
    await this.#give(joinBytes(await this.#encoder.encode(batch, from, to)));
    if (this.over) this.close();
    else this.flows += to - from;
  }

  /** The compressed bytes; null when they were given up. */
  async finish(): Promise<Buffer | null> {
    const deflate = this.#deflate;
    if (deflate === null) return null;
    await this.#give(joinBytes(await this.#encoder.finish()));
    const ended = once(deflate, 'end');
    deflate.end();
    await ended;
    const packed = this.over ? null : Buffer.concat(this.#pieces);
    this.close();
    return packed;
  }

  /** Frees everything. */
  close(): void {
    this.#deflate?.destroy();
    this.#deflate = null;
    this.#pieces = [];
  }

  async #give(bytes: Uint8Array): Promise<void> {
    if (this.#failed !== null) throw this.#failed;
    if (bytes.length === 0 || this.#deflate === null) return;
    this.#deflate.write(bytes);
    if (this.#deflate.writableLength > mostWaiting) await Promise.race([once(this.#deflate, 'drain'), once(this.#deflate, 'close')]);
  }
}
