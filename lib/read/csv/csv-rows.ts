import { setImmediate as nextTurn } from 'node:timers/promises';
import { valueAt, type FlowColumn } from '../../flows/columns.js';
import { FlowError, invalidOption, quoted } from '../../errors.js';
import type { Field, ListItem } from '../../schema/fields.js';
import { Schema, userField } from '../../schema/schema.js';
import { BatchBuilder } from '../batch-builder.js';
import type { ByteWindow } from '../byte-window.js';
import { CellError } from '../cell-error.js';
import type { ColumnBuilder } from '../column-builder.js';
import { fieldOf, type ColumnSample, type ColumnTypes } from '../field-types.js';
import { isInteger, isNumber, isPlainInteger, isPlainNumber } from '../number-text.js';
import type { RowErrors } from '../row-error.js';
import { longestRow, sampleBytes, sampleRows, type RowReader } from '../row-reader.js';

/** How CSV is read. */
export interface CsvReadOptions {
  /** The character between two fields. Default: the first of `,`, `;`, tab and `|` that stands in the first line. */
  delimiter?: string;
  /** The names of the columns, for a file that begins without a line of names. Default: the first line has them. */
  columns?: readonly string[];
}

const quote = 0x22;
const cr = 0x0d;
const lf = 0x0a;
const usualDelimiters = Buffer.from(',;\t|');

/** What the end of a field came to. */
const enum Ended {
  field,
  row,
  /** The bytes end first. */
  nowhere,
}

/**
 * CSV by RFC 4180, rows ended by LF or CRLF. Fields are cut out of the bytes and go straight into columns: no text is made of them. Empty lines are passed
 * over. A row counts only with the end of its line behind it: without one nobody knows whether its last field is whole.
 */
export class CsvRows implements RowReader {
  readonly #errors: RowErrors;
  readonly #types: ColumnTypes;
  readonly #columns: readonly string[] | undefined;
  #delimiter: number;
  /** The field that was cut out last. A quoted one with quotes in it stands elsewhere than in the input. */
  #bytes: Uint8Array = Buffer.alloc(0);
  #from = 0;
  #to = 0;
  /** Where the next field begins. */
  #next = 0;

  /** @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE */
  constructor({ delimiter, columns }: CsvReadOptions, types: ColumnTypes, errors: RowErrors) {
    if (delimiter !== undefined && (!/^[\x00-\x7f]$/.test(delimiter) || /["\r\n]/.test(delimiter))) {
      throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'delimiter', 'one ASCII character that is no quote and no line break', delimiter);
    }
    this.#delimiter = delimiter?.charCodeAt(0) ?? 0;
    this.#columns = columns;
    this.#types = types;
    this.#errors = errors;
  }

  async fields(window: ByteWindow): Promise<readonly Field[] | null> {
    if (!window.ended && window.size < sampleBytes) return null;
    window.skipByteOrderMark();
    if (this.#delimiter === 0) this.#delimiter = this.#findDelimiter(window);
    const names = this.#columns ?? this.#names(window);
    const absent = names.length === 0 ? undefined : Object.keys(this.#types).find((name) => !names.includes(name));
    if (absent !== undefined) throw this.#errors.inInput('ERR_NFSTREAM_COLUMN', `the option types names the column ${quoted(absent)}, which is not there`);
    const begin = window.from;
    const sample = new BatchBuilder(new Schema(names.map((name) => userField(name, 'text'))));
    await this.#readSample(window, sample);
    window.from = begin;
    this.#errors.rows = 0;
    return sample.take().columns.map((column, index) => fieldOf(textSample(names[index]!, column), this.#types));
  }

  rows(window: ByteWindow, builder: BatchBuilder, most: number): boolean {
    for (let count = 0; count < most; count++) {
      const end = this.#row(window, builder);
      if (end < 0) return false;
      window.from = end;
    }
    return true;
  }

  end(window: ByteWindow): void {
    if (window.size === 0) return;
    throw this.#errors.inRow('ERR_NFSTREAM_TRUNCATED', 'the line has no end: it was cut off, or lacks its line break', window.offsetOf(window.from));
  }

  async #readSample(window: ByteWindow, sample: BatchBuilder): Promise<void> {
    try {
      while (sample.row < sampleRows && this.rows(window, sample, 50)) await nextTurn();
    } catch (error) {
      if (!(error instanceof FlowError)) throw error; // a wrong row is told when it is read for good
    }
  }

  #findDelimiter(window: ByteWindow): number {
    const end = window.bytes.indexOf(lf, window.from);
    const line = window.bytes.subarray(window.from, end < 0 ? undefined : end);
    return usualDelimiters.find((delimiter) => line.includes(delimiter)) ?? usualDelimiters[0]!;
  }

  /** The names in the first line. */
  #names(window: ByteWindow): string[] {
    const { bytes } = window;
    const names: string[] = [];
    let at = this.#skipEmptyLines(bytes, window.from);
    window.from = at;
    if (at === bytes.length) return names;
    for (;;) {
      const ended = this.#cut(bytes, at, window);
      if (ended === Ended.nowhere) {
        throw this.#errors.inInput(
          'ERR_NFSTREAM_TRUNCATED',
          'the line of column names has no end: it was cut off, or lacks its line break',
          window.offsetOf(at),
        );
      }
      names.push(Buffer.from(this.#bytes.subarray(this.#from, this.#to)).toString());
      at = this.#next;
      if (ended === Ended.row) break;
    }
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined)
      throw this.#errors.inInput(
        'ERR_NFSTREAM_COLUMN',
        `there are two columns named ${JSON.stringify(twice)}; rename one of them`,
        window.offsetOf(window.from),
      );
    window.from = at;
    return names;
  }

  /** Reads one row. Gives where the next begins, or -1 when the bytes end before it. */
  #row(window: ByteWindow, builder: BatchBuilder): number {
    const { bytes } = window;
    const { columns, row } = builder;
    const start = this.#skipEmptyLines(bytes, window.from);
    window.from = start;
    if (start === bytes.length) return -1;
    let at = start;
    let ended: Ended = Ended.field;
    for (let index = 0; index < columns.length; index++) {
      if (ended === Ended.row) throw this.#wrongCount(index, columns.length, window, start);
      ended = this.#cut(bytes, at, window);
      if (ended === Ended.nowhere) return this.#cutOff(window, start);
      this.#store(columns[index]!, row, window, start);
      at = this.#next;
    }
    if (ended === Ended.field) return this.#tooMany(at, columns.length, window, start);
    builder.endRow();
    this.#errors.rows++;
    return at;
  }

  #store(column: ColumnBuilder, row: number, window: ByteWindow, start: number): void {
    try {
      if (this.#from === this.#to && column.type !== 'text') column.setNull(row);
      else column.set(row, this.#bytes, this.#from, this.#to);
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      throw this.#errors.inRow('ERR_NFSTREAM_COLUMN', error.message, window.offsetOf(start), error);
    }
  }

  /** Cuts out the field that begins at a place, and finds what is behind it. */
  #cut(bytes: Uint8Array, from: number, window: ByteWindow): Ended {
    if (bytes[from] === quote) return this.#cutQuoted(bytes, from, window);
    const delimiter = this.#delimiter;
    const end = bytes.length;
    let at = from;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === delimiter) {
        this.#found(bytes, from, at, at + 1);
        return Ended.field;
      }
      if (byte === lf) {
        this.#found(bytes, from, at > from && bytes[at - 1] === cr ? at - 1 : at, at + 1);
        return Ended.row;
      }
    }
    return Ended.nowhere;
  }

  #cutQuoted(bytes: Uint8Array, from: number, window: ByteWindow): Ended {
    let quotes = 0;
    let at = from + 1;
    for (;;) {
      at = bytes.indexOf(quote, at);
      if (at < 0) return Ended.nowhere;
      if (bytes[at + 1] !== quote) break;
      quotes++;
      at += 2;
    }
    if (quotes === 0) this.#found(bytes, from + 1, at, at + 1);
    else this.#unquoted(bytes, from + 1, at, quotes);
    return this.#behindQuote(bytes, at + 1, window);
  }

  #behindQuote(bytes: Uint8Array, at: number, window: ByteWindow): Ended {
    const lineEnd = bytes[at] === cr ? at + 1 : at;
    if (lineEnd >= bytes.length) return Ended.nowhere;
    this.#next = lineEnd + 1;
    if (bytes[at] === this.#delimiter) {
      this.#next = at + 1;
      return Ended.field;
    }
    if (bytes[lineEnd] === lf) return Ended.row;
    throw this.#errors.inRow('ERR_NFSTREAM_CORRUPT', 'there is text after the quote that ends a field', window.offsetOf(at));
  }

  /** Takes one quote of each pair away. */
  #unquoted(bytes: Uint8Array, from: number, to: number, quotes: number): void {
    const text = new Uint8Array(to - from - quotes);
    for (let i = from, at = 0; i < to; i++) {
      text[at++] = bytes[i]!;
      if (bytes[i] === quote) i++;
    }
    this.#found(text, 0, text.length, 0);
  }

  #found(bytes: Uint8Array, from: number, to: number, next: number): void {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
    this.#next = next;
  }

  #skipEmptyLines(bytes: Uint8Array, from: number): number {
    let at = from;
    while (bytes[at] === lf || (bytes[at] === cr && bytes[at + 1] === lf)) at += bytes[at] === lf ? 1 : 2;
    return at;
  }

  #cutOff(window: ByteWindow, start: number): number {
    if (window.bytes.length - start <= longestRow) return -1;
    throw this.#errors.inRow('ERR_NFSTREAM_CORRUPT', `no row ends within ${longestRow} bytes; a quote may lack its partner`, window.offsetOf(start));
  }

  #tooMany(from: number, columns: number, window: ByteWindow, start: number): number {
    let count = columns;
    for (let at = from; ; at = this.#next) {
      const ended = this.#cut(window.bytes, at, window);
      if (ended === Ended.nowhere) return this.#cutOff(window, start);
      count++;
      if (ended === Ended.row) throw this.#wrongCount(count, columns, window, start);
    }
  }

  #wrongCount(count: number, columns: number, window: ByteWindow, start: number): Error {
    return this.#errors.inRow(
      'ERR_NFSTREAM_CORRUPT',
      `there ${count === 1 ? 'is 1 field' : `are ${count} fields`} where ${columns} belong`,
      window.offsetOf(start),
    );
  }
}

function textSample(name: string, column: FlowColumn): ColumnSample {
  const rows = column.type === 'text' ? column.offsets.length - 1 : 0;
  const all = Array.from({ length: rows }, (_, row) => valueAt(column, row) as string);
  const texts = all.filter((text) => text !== '');
  const size = (text: string): number => (text === '[]' ? 0 : text.split(',').length);
  const listSize = size(texts[0] ?? '[]');
  const areLists = (item: ListItem): boolean =>
    texts.every((text) => list.test(text) && size(text) === listSize && (text.match(/-?\d+/g) ?? []).every((one) => isInteger(one, item)));
  return {
    name,
    hasNulls: (type) => type !== 'text' && texts.length < all.length,
    listSize,
    fits({ type, list: lists }) {
      switch (type) {
        case 'int':
          return texts.every((text) => isInteger(text));
        case 'float':
          return texts.every(isNumber);
        case 'text':
          return true;
        case 'list':
          return areLists(lists!.item);
      }
    },
    guess() {
      if (texts.length === 0) return 'text';
      if (areLists('int64')) return 'list';
      return texts.every(isPlainInteger) ? 'int' : texts.every(isPlainNumber) ? 'float' : 'text';
    },
  };
}

/** A list of integers as nfstream, Python and JSON print it. */
const list = /^\[(-?\d+(, ?-?\d+)*)?\]$/;
