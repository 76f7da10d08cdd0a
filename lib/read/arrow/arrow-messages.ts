import type * as Arrow from 'apache-arrow';
import { loadArrow } from '../../load-arrow.js';
import { readFooter } from './arrow-footer.js';
import { checkMessage } from './arrow-metadata.js';
import type { ByteInput } from '../byte-input.js';
import type { RowErrors } from '../row-error.js';

/** One message of Arrow's IPC formats. */
export interface ArrowMessage {
  readonly type: Arrow.MessageHeader;
  /** All of it: length, metadata and body. */
  readonly bytes: Uint8Array;
  /** Place in the input. */
  readonly offset: number;
}

const magic = Buffer.from('ARROW1');
const continuation = -1;
/** Metadata has about 30 bytes a buffer; a schema also has texts. */
const longestMetadata = 64 << 20;

/**
 * Cuts Arrow's IPC formats into messages: the schema first, then dictionaries and record batches. A file is read by the directory at its end. A stream is read front to
 * back, and so is a file without an end, as far as it goes: between its first and last bytes the file format is the stream format.
 * @throws {FlowError} ERR_NFSTREAM_EMPTY_FILE, ERR_NFSTREAM_INPUT_FORMAT, ERR_NFSTREAM_TRUNCATED (also without the mark that ends a stream), ERR_NFSTREAM_CORRUPT
 */
export async function* arrowMessages(input: ByteInput, errors: RowErrors): AsyncGenerator<ArrowMessage, undefined> {
  const stream = new MessageStream(input, errors);
  const isFile = await stream.begin();
  const footer = isFile ? await readFooter(input, errors) : null;
  if (footer === null) {
    for (let message = await stream.next(); message !== null; message = await stream.next()) yield message;
    return undefined;
  }
  yield { type: loadArrow().MessageHeader.Schema, bytes: footer.schema, offset: 0 };
  for (const { offset, size } of footer.blocks) {
    const bytes = (await input.at(offset, size))!;
    const { length } = prefixOf(bytes);
    if (bytes.length < size || length < 0) throw errors.inRow('ERR_NFSTREAM_CORRUPT', 'a message runs past the end of the file', offset);
    yield { type: decoded(bytes.subarray(8, 8 + length), errors, offset).type, bytes, offset };
  }
  return undefined;
}

/** The messages of a stream. */
class MessageStream {
  readonly #input: ByteInput;
  readonly #errors: RowErrors;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #offset = 0;

  constructor(input: ByteInput, errors: RowErrors) {
    this.#input = input;
    this.#errors = errors;
  }

  /** Looks at the first bytes; says whether they are those of a file. */
  async begin(): Promise<boolean> {
    await this.#fill(8);
    if (this.#size === 0) throw this.#errors.inInput('ERR_NFSTREAM_EMPTY_FILE', 'it is empty, and Arrow has at least a schema');
    const first = this.#size < 8 ? new Uint8Array(8) : this.#peek(8);
    const isFile = magic.equals(first.subarray(0, magic.length));
    if (isFile) this.#take(8);
    else if (prefixOf(first).marker !== continuation) throw this.#errors.inInput('ERR_NFSTREAM_INPUT_FORMAT', 'it is not Arrow: it begins with other bytes');
    return isFile;
  }

  /** The next message; null behind the last. */
  async next(): Promise<ArrowMessage | null> {
    const offset = this.#offset;
    await this.#gather(8);
    const { marker, length } = prefixOf(this.#peek(8));
    if (marker !== continuation) throw this.#errors.inRow('ERR_NFSTREAM_CORRUPT', 'there is no message where one belongs', offset);
    if (length === 0) return null;
    if (length < 0 || length > longestMetadata) throw this.#errors.inRow('ERR_NFSTREAM_CORRUPT', `a message has metadata of ${length} bytes`, offset);
    await this.#gather(8 + length);
    const { type, bodyLength } = decoded(this.#peek(8 + length).subarray(8), this.#errors, offset);
    await this.#gather(8 + length + bodyLength);
    return { type, bytes: this.#take(8 + length + bodyLength), offset };
  }

  /** Fetches bytes until so many are here. */
  async #gather(size: number): Promise<void> {
    await this.#fill(size);
    if (this.#size < size) throw this.#errors.inRow('ERR_NFSTREAM_TRUNCATED', 'the Arrow data has no end: it was cut off', this.#offset);
  }

  async #fill(size: number): Promise<void> {
    while (this.#size < size) {
      const chunk = await this.#input.next();
      if (chunk === null) return;
      this.#pieces.push(Uint8Array.from(chunk)); // the chunk is ours only for now
      this.#size += chunk.length;
    }
  }

  /** The next bytes, which stay. */
  #peek(size: number): Uint8Array {
    if (this.#pieces[0]!.length < size) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]!.subarray(0, size);
  }

  /** The next bytes in memory of their own. */
  #take(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    let at = 0;
    let used = 0;
    for (; at < size; used++) {
      const piece = this.#pieces[used]!;
      const part = piece.subarray(0, size - at);
      bytes.set(part, at);
      at += part.length;
      if (part.length < piece.length) this.#pieces[used--] = piece.subarray(part.length);
    }
    this.#pieces.splice(0, used);
    this.#size -= size;
    this.#offset += size;
    return bytes;
  }
}

function prefixOf(bytes: Uint8Array): { marker: number; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.byteLength < 8 ? { marker: 0, length: 0 } : { marker: view.getInt32(0, true), length: view.getInt32(4, true) };
}

function decoded(metadata: Uint8Array, errors: RowErrors, offset: number): { type: Arrow.MessageHeader; bodyLength: number } {
  try {
    const { headerType, bodyLength } = loadArrow().Message.decode(metadata);
    checkMessage(metadata, headerType);
    if (Number.isSafeInteger(bodyLength) && bodyLength >= 0) return { type: headerType, bodyLength };
  } catch (error) {
    throw errors.inRow('ERR_NFSTREAM_CORRUPT', 'the metadata of a message cannot be read', offset, error);
  }
  throw errors.inRow('ERR_NFSTREAM_CORRUPT', 'a message has no length', offset);
}
