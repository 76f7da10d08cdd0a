import type { IntColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import { ByteWriter, wordsOf, type Words } from '../byte-writer.js';
import type { Encoder } from './encoder.js';
import { putList } from './list-items.js';
import { putFloat, putInt } from './numbers.js';
import { nativeRows, nativeStride, writeRows, type MakeRowWriter, type RowWriter } from './row-writer.js';

/** How JSON is written. */
export interface JsonOptions {
  /** One object a line (JSON Lines), or one array with an object a line. Default 'lines'. */
  format?: 'lines' | 'array';
  /**
   * Columns whose values are bigints in JavaScript (points in time in nanoseconds, and those that {@link FlowBatch.withColumn} was told of): numbers with all
   * their digits, or whole columns as strings, as JSON.parse makes inexact numbers of theirs. Default 'number'.
   */
  bigints?: 'number' | 'string';
}

const quote = 0x22;
const backslash = 0x5c;
const lowercaseU = 0x75;
const zero = 0x30;
const hexDigits = Buffer.from('0123456789abcdef');
const nullText = wordsOf(Buffer.from('null'));
const emptyObject = wordsOf(Buffer.from('{}'));
const objectEnd = wordsOf(Buffer.from('}'));
const lineEnd = wordsOf(Buffer.from('\n'));
const rowSeparator = wordsOf(Buffer.from(',\n'));

/** For each byte how it stands in a JSON string: 0 as it is, 1 after a backslash, 2 as \u00xx. */
const escapes = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x20 ? 2 : byte === quote || byte === backslash ? 1 : 0));

/** JSON with the schema's field names as keys, integers with all their digits, floats as Python's repr, and text from its UTF-8 bytes. */
export class JsonEncoder implements Encoder {
  stride = 256;
  readonly #out = new ByteWriter();
  readonly #array: boolean;
  readonly #bigintsAsText: boolean;
  /** What stands before the value of each column: `{"id":`, `,"src_ip":`, ... */
  #keys: readonly Words[] = [];
  #plain: readonly boolean[] = [];
  #rows = 0;
  readonly #makeWriter: MakeRowWriter;
  #writer: RowWriter | null = null;

  constructor({ format, bigints }: Required<JsonOptions>, makeWriter: MakeRowWriter = nativeRows) {
    this.#makeWriter = makeWriter;
    this.#array = format === 'array';
    this.#bigintsAsText = bigints === 'string';
  }

  start(schema: Schema): Uint8Array {
    this.#plain = schema.fields.map((field) => field.plain === true);
    const keys = schema.fields.map((field, index) => `${index === 0 ? '{' : ','}${JSON.stringify(field.name)}:`);
    this.#keys = keys.map((key) => wordsOf(Buffer.from(key)));
    this.#writer = schema.fields.length === 0 ? null : this.#rowWriter(schema, keys);
    if (this.#writer !== null) this.stride = nativeStride;
    return this.#array ? Buffer.from('[') : this.#out.take();
  }

  encode(batch: FlowBatch, from: number, to: number): Uint8Array | Promise<Uint8Array> {
    if (this.#writer !== null) {
      const bytes = writeRows(this.#writer, batch.columns, from, to);
      const commaInFront = this.#array && this.#rows === 0;
      this.#rows += to - from;
      if (!commaInFront) return bytes;
      return bytes instanceof Promise ? bytes.then((all) => all.subarray(1)) : bytes.subarray(1);
    }
    for (let row = from; row < to; row++) {
      if (this.#array) this.#out.words(this.#rows === 0 ? lineEnd : rowSeparator);
      this.#rows++;
      this.#row(batch, row);
    }
    return this.#out.take();
  }

  finish(): Uint8Array {
    if (!this.#array) return this.#out.take();
    return Buffer.from(this.#rows === 0 ? ']' : '\n]');
  }

  /** What does the same as this; null where there is no such thing. */
  #rowWriter({ fields }: Schema, keys: readonly string[]): RowWriter | null {
    return this.#makeWriter({
      json: true,
      before: keys.map((key, index) => Buffer.from(this.#array && index === 0 ? `,\n${key}` : key)),
      plain: this.#plain,
      asText: fields.map(({ bigint }) => bigint === true && this.#bigintsAsText),
      null: Buffer.from('null'),
      end: Buffer.from(this.#array ? '}' : '}\n'),
      special: new Uint8Array(0),
      quotedLists: 0,
      escapeFormulas: false,
    });
  }

  #row({ columns }: FlowBatch, row: number): void {
    const out = this.#out;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!;
      out.words(this.#keys[index]!);
      if (column.valid !== null && column.valid[row] === 0) out.words(nullText);
      else if (column.type === 'int' && column.bigint && this.#bigintsAsText) this.#quotedInt(column, row);
      else if (column.type === 'int') putInt(out, column.halves[2 * row]!, column.halves[2 * row + 1]!);
      else if (column.type === 'float') putFloat(out, column.values[row]!);
      else if (column.type === 'list') putList(out, column, row, false, column.bigint && this.#bigintsAsText);
      else if (this.#plain[index]!) this.#plainText(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
      else this.#text(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
    }
    if (columns.length === 0) out.words(emptyObject);
    else out.words(objectEnd);
    if (!this.#array) out.words(lineEnd);
  }

  #quotedInt(column: IntColumn, row: number): void {
    const out = this.#out;
    out.reserve(1);
    out.byte(quote);
    putInt(out, column.halves[2 * row]!, column.halves[2 * row + 1]!);
    out.reserve(1);
    out.byte(quote);
  }

  #plainText(source: Uint8Array, from: number, to: number): void {
    const out = this.#out;
    out.reserve(to - from + 2);
    out.byte(quote);
    out.copy(source, from, to);
    out.reserve(1);
    out.byte(quote);
  }

  #text(source: Uint8Array, from: number, to: number): void {
    const out = this.#out;
    out.reserve(6 * (to - from) + 2);
    const { bytes } = out;
    let at = out.at;
    bytes[at++] = quote;
    for (let i = from; i < to; i++) {
      const byte = source[i]!;
      const escape = escapes[byte]!;
      if (escape === 0) bytes[at++] = byte;
      else if (escape === 1) {
        bytes[at++] = backslash;
        bytes[at++] = byte;
      } else {
        bytes[at++] = backslash;
        bytes[at++] = lowercaseU;
        bytes[at++] = zero;
        bytes[at++] = zero;
        bytes[at++] = hexDigits[byte >> 4]!;
        bytes[at++] = hexDigits[byte & 15]!;
      }
    }
    bytes[at++] = quote;
    out.at = at;
  }
}
