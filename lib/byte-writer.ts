/** Memory is taken in pieces of this size. */
const pieceSize = 512 << 10;

/** Texts up to this length are copied byte by byte, which is cheaper than a call of `set`. */
const shortCopy = 40;

/** The hundred two-digit numbers as pairs of ASCII digits, first digit in the low byte. */
const digitPairs = Uint16Array.from({ length: 100 }, (_, n) => (48 + Math.floor(n / 10)) | ((48 + (n % 10)) << 8));

/**
 * Bytes that a text format writes one after the other. Fields are public because encoders write cells in place: `reserve` first, then up to
 * that many bytes from `at`. Memory that was taken is never written again.
 */
export class ByteWriter {
  bytes = Buffer.allocUnsafeSlow(pieceSize);
  view = new DataView(this.bytes.buffer);
  /** Where the next byte goes. */
  at = 0;
  #start = 0;

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.#grow(size);
  }

  /** The bytes written since the last call; they belong to the caller. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(this.#start, this.at);
    this.#start = this.at;
    return taken;
  }

  /** One byte; room must be reserved. */
  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** Bytes `from` to `to` of `source` as they are. */
  copy(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    this.reserve(size);
    const { bytes } = this;
    let at = this.at;
    if (size > shortCopy) bytes.set(source.subarray(from, to), at);
    else for (let i = from; i < to; i++) bytes[at++] = source[i]!;
    this.at += size;
  }

  /** A constant made by {@link wordsOf}: whole words, of which only the text's bytes count. */
  words(text: Words): void {
    const { words, size } = text;
    this.reserve(size + 4);
    const { view } = this;
    let at = this.at;
    for (let i = 0; i < words.length; i++, at += 4) view.setUint32(at, words[i]!, true);
    this.at += size;
  }

  /** Two decimal digits of a number from 0 to 99, at a place. */
  pair(place: number, value: number): void {
    this.view.setUint16(place, digitPairs[value]!, true);
  }

  #grow(size: number): void {
    const kept = this.at - this.#start;
    const bytes = Buffer.allocUnsafeSlow(Math.max(pieceSize, 2 * (kept + size)));
    this.bytes.copy(bytes, 0, this.#start, this.at);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.#start = 0;
    this.at = kept;
  }
}

/** A constant text as 32-bit words, the last one filled up: four bytes a store. */
export interface Words {
  readonly words: Uint32Array;
  /** Length of the text in bytes. */
  readonly size: number;
}

/** Prepares a text for {@link ByteWriter.words}. */
export function wordsOf(text: Uint8Array): Words {
  const padded = new Uint8Array((text.length + 3) & ~3);
  padded.set(text);
  const view = new DataView(padded.buffer);
  return { words: Uint32Array.from({ length: padded.length / 4 }, (_, i) => view.getUint32(4 * i, true)), size: text.length };
}
