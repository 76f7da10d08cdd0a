import type { ByteInput } from './byte-input.js';

/** The part of an input that is being looked at: `bytes` from `from` to their end. What was read is left behind by moving `from`. */
export class ByteWindow {
  readonly #input: ByteInput;
  bytes: Uint8Array = new Uint8Array(0);
  from = 0;
  /** Whether the input has ended: no more bytes will come behind these. */
  ended = false;
  #memory = new Uint8Array(512 << 10);
  /** Place in the input of the first of `bytes`. */
  #offset = 0;

  constructor(input: ByteInput) {
    this.#input = input;
  }

  /** How many bytes are here. */
  get size(): number {
    return this.bytes.length - this.from;
  }

  /** The text of some of the bytes. */
  text(from: number, to: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, to - from).toString();
  }

  /** Passes over a mark of byte order at the begin. */
  skipByteOrderMark(): void {
    if (this.bytes[this.from] === 0xef && this.bytes[this.from + 1] === 0xbb && this.bytes[this.from + 2] === 0xbf) this.from += 3;
  }

  /** Place in the input of one of the bytes. */
  offsetOf(at: number): number {
    return this.#offset + at;
  }

  /**
   * Fetches more bytes behind those that are here, which move. At least as many as are here, so that rows that are looked at again cost no more than twice. The memory is used
   * again: whoever wants bytes for longer copies them.
   */
  async more(): Promise<void> {
    const wanted = 2 * this.size;
    this.#memory.set(this.bytes.subarray(this.from));
    let size = this.size;
    this.#offset += this.from;
    do {
      const chunk = await this.#input.next();
      if (chunk === null) this.ended = true;
      else {
        this.#reserve(size, chunk.length);
        this.#memory.set(chunk, size);
        size += chunk.length;
      }
    } while (size < wanted && !this.ended);
    this.from = 0;
    this.bytes = this.#memory.subarray(0, size);
  }

  #reserve(used: number, more: number): void {
    if (used + more <= this.#memory.length) return;
    const memory = new Uint8Array(2 * (used + more));
    memory.set(this.#memory.subarray(0, used));
    this.#memory = memory;
  }
}
