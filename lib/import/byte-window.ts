import type { ByteInput } from './byte-input.js';

/** The part of an input that is being looked at: `bytes` from `from` to their end. What was read is left behind by moving `from`. */
export class ByteWindow {
  readonly #input: ByteInput;
  bytes: Uint8Array = new Uint8Array(0);
  from = 0;
  /** Whether the input has ended: no more bytes will come behind these. */
  ended = false;
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

  /** Fetches more bytes behind those that are here, which may move. At least as many as are here, so that rows that are looked at again cost no more than twice. */
  async more(): Promise<void> {
    const pieces: Uint8Array[] = [Uint8Array.from(this.bytes.subarray(this.from))];
    const wanted = 2 * this.size;
    let size = this.size;
    do {
      const chunk = await this.#input.next();
      if (chunk === null) {
        this.ended = true;
        break;
      }
      pieces.push(wanted === 0 ? chunk : Uint8Array.from(chunk));
      size += chunk.length;
    } while (size < wanted);
    this.#offset += this.from;
    this.from = 0;
    this.bytes = wanted === 0 && pieces.length === 2 ? pieces[1]! : Buffer.concat(pieces, size);
  }
}
