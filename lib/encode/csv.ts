import type { FlowColumn, ListColumn, TextColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { invalidOption } from '../errors.js';
import type { Schema } from '../schema/schema.js';
import { ByteWriter } from '../byte-writer.js';
import type { Encoder } from './encoder.js';
import { putList } from './list-items.js';
import { putFloat, putInt } from './numbers.js';
import { nativeRows, nativeStride, writeRows, type MakeRowWriter, type RowWriter } from './row-writer.js';

/** How CSV is written. */
export interface CsvOptions {
  /** The character between two fields: one of ASCII that is no letter, digit, quote, line break, `+`, `-` or `.`. Default `,`. */
  delimiter?: string;
  /** Begins with a line of column names. Default true. */
  header?: boolean;
  /** What ends a line. Default `\n`. */
  newline?: '\n' | '\r\n';
  /** Puts a `'` before text that a spreadsheet would run as a formula: that begins with `=`, `+`, `-`, `@`, tab or CR. Default false. */
  escapeFormulas?: boolean;
}

const quote = 0x22;
const emptyQuotes = Uint8Array.of(quote, quote);
const cr = 0x0d;
const lf = 0x0a;
const apostrophe = 0x27;
const comma = 0x2c;
const space = 0x20;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const formulaStarts = new Set(Buffer.from('=+-@\t\r'));

/**
 * CSV by RFC 4180: a field is quoted only when it holds the delimiter, a quote, CR or LF. Null and '' are both empty fields. A row that is nothing but
 * one empty text is written as `""`, as readers skip empty lines.
 */
export class CsvEncoder implements Encoder {
  stride = 256;
  readonly #out = new ByteWriter();
  readonly #delimiter: number;
  readonly #header: boolean;
  readonly #newline: Uint8Array;
  readonly #escapeFormulas: boolean;
  /** 1 for each byte that makes a field need quotes. */
  readonly #special = new Uint8Array(256);
  /** For each column, whether its text never needs quotes. */
  #plain: readonly boolean[] = [];
  readonly #makeWriter: MakeRowWriter;
  #writer: RowWriter | null = null;

  /** @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE for a delimiter that would be ambiguous */
  constructor({ delimiter, header, newline, escapeFormulas }: Required<CsvOptions>, makeWriter: MakeRowWriter = nativeRows) {
    if (!/^[\x00-\x7f]$/.test(delimiter) || /[A-Za-z0-9"\r\n+.-]/.test(delimiter)) {
      throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'delimiter', 'one ASCII character that is no letter, digit, quote, line break, +, - or .', delimiter);
    }
    this.#delimiter = delimiter.charCodeAt(0);
    this.#header = header;
    this.#newline = Buffer.from(newline);
    this.#escapeFormulas = escapeFormulas;
    this.#makeWriter = makeWriter;
    for (const byte of [this.#delimiter, quote, cr, lf]) this.#special[byte] = 1;
  }

  start(schema: Schema): Uint8Array {
    const delimiterInPlain = this.#delimiter === 0x3a || this.#delimiter === 0x5f;
    this.#plain = schema.fields.map((field) => field.plain === true && !delimiterInPlain);
    if (this.#header && schema.fields.length > 0) {
      schema.fields.forEach((field, index) => {
        if (index > 0) this.#out.copy(Uint8Array.of(this.#delimiter), 0, 1);
        const name = Buffer.from(field.name);
        this.#text(name, 0, name.length);
      });
      this.#out.copy(this.#newline, 0, this.#newline.length);
    }
    this.#writer = this.#rowWriter(schema);
    if (this.#writer !== null) this.stride = nativeStride;
    return this.#out.take();
  }

  encode(batch: FlowBatch, from: number, to: number): Uint8Array | Promise<Uint8Array> {
    const { columns } = batch;
    if (columns.length === 0) return this.#out.take();
    if (this.#writer !== null) return writeRows(this.#writer, columns, from, to);
    const alone = columns.length === 1 && columns[0]!.type === 'text' ? columns[0]! : null;
    for (let row = from; row < to; row++) {
      if (alone !== null && isEmpty(alone, row)) this.#out.copy(emptyQuotes, 0, 2);
      else this.#cells(columns, row);
      this.#out.copy(this.#newline, 0, this.#newline.length);
    }
    return this.#out.take();
  }

  finish(): Uint8Array {
    return this.#out.take();
  }

  /** What does the same as this; null where a row may be one text alone, or there is no such thing. */
  #rowWriter({ fields }: Schema): RowWriter | null {
    if (fields.length === 1 && fields[0]!.type === 'text') return null;
    const nothing = new Uint8Array(0);
    const delimiter = Uint8Array.of(this.#delimiter);
    return this.#makeWriter({
      json: false,
      before: fields.map((_, index) => (index === 0 ? nothing : delimiter)),
      plain: this.#plain,
      asText: fields.map(() => false),
      null: nothing,
      end: this.#newline,
      special: Uint8Array.of(this.#delimiter, quote, cr, lf),
      quotedLists: [0, 1, 2].find((size) => this.#quotesList(size)) ?? 0xffff_ffff,
      escapeFormulas: this.#escapeFormulas,
    });
  }

  #quotesList(size: number): boolean {
    return this.#delimiter === openBracket || this.#delimiter === closeBracket || (size > 1 && (this.#delimiter === comma || this.#delimiter === space));
  }

  #cells(columns: readonly FlowColumn[], row: number): void {
    const out = this.#out;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!;
      if (index > 0) {
        out.reserve(1);
        out.byte(this.#delimiter);
      }
      if (column.valid !== null && column.valid[row] === 0) continue;
      if (column.type === 'int') putInt(out, column.halves[2 * row]!, column.halves[2 * row + 1]!);
      else if (column.type === 'float') putFloat(out, column.values[row]!);
      else if (column.type === 'list') this.#list(column, row);
      else if (this.#plain[index]!) out.copy(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
      else this.#text(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
    }
  }

  /** A list as Python prints it, which nfstream's files have. */
  #list(column: ListColumn, row: number): void {
    const out = this.#out;
    const quoted = this.#quotesList(column.size);
    if (quoted) out.copy(emptyQuotes, 0, 1);
    putList(out, column, row, true);
    if (quoted) out.copy(emptyQuotes, 0, 1);
  }

  /** Copies text until a byte asks for quotes; then begins the field again. */
  #text(source: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    const out = this.#out;
    out.reserve(2 * (to - from) + 3);
    const { bytes } = out;
    const formula = this.#escapeFormulas && formulaStarts.has(source[from]!);
    const special = this.#special;
    if (formula && special[apostrophe] === 1) return this.#quoted(source, from, to, true);
    let at = out.at;
    if (formula) bytes[at++] = apostrophe;
    for (let i = from; i < to; i++) {
      const byte = source[i]!;
      if (special[byte] === 1) {
        this.#quoted(source, from, to, formula);
        return;
      }
      bytes[at++] = byte;
    }
    out.at = at;
  }

  #quoted(source: Uint8Array, from: number, to: number, formula: boolean): void {
    const out = this.#out;
    const { bytes } = out;
    let at = out.at;
    bytes[at++] = quote;
    if (formula) bytes[at++] = apostrophe;
    for (let i = from; i < to; i++) {
      const byte = source[i]!;
      if (byte === quote) bytes[at++] = quote;
      bytes[at++] = byte;
    }
    bytes[at++] = quote;
    out.at = at;
  }
}

function isEmpty(column: TextColumn, row: number): boolean {
  return column.valid?.[row] === 0 || column.offsets[row] === column.offsets[row + 1];
}
