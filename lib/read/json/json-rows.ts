import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FlowError } from '../../errors.js';
import type { Field } from '../../schema/fields.js';
import type { BatchBuilder } from '../batch-builder.js';
import type { ByteWindow } from '../byte-window.js';
import { CellError } from '../cell-error.js';
import { fieldOf, type ColumnSample, type ColumnTypes } from '../field-types.js';
import { jsonObject, putJsonObject, type JsonValue } from './any-object.js';
import { backslash, closeBrace, closeBracket, comma, openBrace, openBracket, quote } from './characters.js';
import { PlainObjects } from './plain-object.js';
import { isExact, isInteger, isNumber } from '../number-text.js';
import type { RowErrors } from '../row-error.js';
import { longestRow, sampleBytes, sampleRows, type RowReader } from '../row-reader.js';

/** Where the reader is in the text around the rows. */
type Place = 'begin' | 'lines' | 'first' | 'behind' | 'next' | 'after';

/**
 * JSON: an array of objects, or objects one after the other (JSON Lines). An object whose keys are those of the first one, in that order, goes straight from
 * its bytes into columns; any other is read by stream-json. Integers keep all their digits.
 */
export class JsonRows implements RowReader {
  readonly #errors: RowErrors;
  readonly #types: ColumnTypes;
  #plain = new PlainObjects([]);
  #place: Place = 'begin';

  constructor(types: ColumnTypes, errors: RowErrors) {
    this.#types = types;
    this.#errors = errors;
  }

  async fields(window: ByteWindow): Promise<readonly Field[] | null> {
    if (!window.ended && window.size < sampleBytes) return null;
    window.skipByteOrderMark();
    const samples = await this.#sample(window);
    if (samples.length === 0 && !window.ended && window.size <= longestRow) return null;
    const names = new Set([...samples.flatMap((row) => [...row.keys()]), ...Object.keys(this.#types)]);
    const fields = [...names].map((name) =>
      fieldOf(
        valueSample(
          name,
          samples.map((row) => row.get(name)),
        ),
        this.#types,
      ),
    );
    this.#plain = new PlainObjects(fields);
    return fields;
  }

  rows(window: ByteWindow, builder: BatchBuilder, most: number): boolean {
    for (let count = 0; count < most; count++) {
      if (!this.#findRow(window)) return false;
      const end = this.#row(window, builder);
      if (end < 0) return false;
      this.#passed(window, end);
    }
    return true;
  }

  end(window: ByteWindow): void {
    if (this.#findRow(window)) throw this.#error('ERR_NFSTREAM_TRUNCATED', 'the object has no end: it was cut off', window);
    if (this.#place === 'first' || this.#place === 'behind' || this.#place === 'next')
      throw this.#error('ERR_NFSTREAM_TRUNCATED', 'the array has no end: it was cut off', window);
  }

  /** The first rows, of which nothing is passed over. */
  async #sample(window: ByteWindow): Promise<Map<string, JsonValue>[]> {
    const samples: Map<string, JsonValue>[] = [];
    const [place, from] = [this.#place, window.from];
    try {
      while (samples.length < sampleRows && this.#findRow(window)) {
        const end = objectEnd(window.bytes, window.from);
        if (end < 0) break;
        samples.push(this.#parsed(window, end));
        this.#passed(window, end);
        if (samples.length % 50 === 0) await nextTurn();
      }
    } catch (error) {
      if (samples.length === 0) throw error; // else it is told when the row is read for good
    }
    this.#place = place;
    window.from = from;
    this.#errors.rows = 0;
    return samples;
  }

  /** Moves to the `{` of the next row. False when it is not here, or when there is none any more. */
  #findRow(window: ByteWindow): boolean {
    for (;;) {
      const byte = skipSpace(window);
      if (byte === undefined) return false;
      if (this.#place === 'begin') {
        if (byte !== openBracket && byte !== openBrace)
          throw this.#errors.inInput('ERR_NFSTREAM_INPUT_FORMAT', 'it is not JSON of flows: it does not begin with { or [', window.offsetOf(window.from));
        this.#place = byte === openBracket ? 'first' : 'lines';
        if (byte === openBracket) window.from++;
      } else if (byte === openBrace && this.#place !== 'behind' && this.#place !== 'after') return true;
      else if (byte === closeBracket && (this.#place === 'first' || this.#place === 'behind')) {
        this.#place = 'after';
        window.from++;
      } else if (byte === comma && this.#place === 'behind') {
        this.#place = 'next';
        window.from++;
      } else
        throw this.#error(
          'ERR_NFSTREAM_CORRUPT',
          this.#place === 'after' ? 'there is something after the array' : `there is ${JSON.stringify(String.fromCharCode(byte))} where an object belongs`,
          window,
        );
    }
  }

  #passed(window: ByteWindow, end: number): void {
    window.from = end;
    this.#errors.rows++;
    if (this.#place !== 'lines') this.#place = 'behind';
  }

  /** Reads one row. Gives where it ends, or -1 when the bytes end before it. */
  #row(window: ByteWindow, builder: BatchBuilder): number {
    try {
      let end = this.#plainRow(window, builder);
      if (end < 0) {
        end = objectEnd(window.bytes, window.from);
        if (end < 0) return this.#cutOff(window);
        putJsonObject(this.#parsed(window, end), builder);
      }
      builder.endRow();
      return end;
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      throw this.#error('ERR_NFSTREAM_COLUMN', error.message, window, error);
    }
  }

  /** What a plain reader finds wrong, stream-json judges. */
  #plainRow(window: ByteWindow, builder: BatchBuilder): number {
    try {
      return this.#plain.row(window.bytes, window.from, builder);
    } catch (error) {
      if (error instanceof CellError) return -1;
      throw error;
    }
  }

  #parsed(window: ByteWindow, end: number): Map<string, JsonValue> {
    try {
      return jsonObject(window.text(window.from, end));
    } catch (error) {
      if (error instanceof CellError) throw this.#error('ERR_NFSTREAM_COLUMN', error.message, window, error);
      throw this.#error('ERR_NFSTREAM_CORRUPT', `the object is not valid JSON: ${(error as Error).message}`, window, error);
    }
  }

  #cutOff(window: ByteWindow): number {
    if (window.size <= longestRow) return -1;
    throw this.#error('ERR_NFSTREAM_CORRUPT', `no object ends within ${longestRow} bytes`, window);
  }

  #error(code: FlowError['code'], what: string, window: ByteWindow, cause?: unknown): FlowError {
    return this.#errors.inRow(code, what, window.offsetOf(window.from), cause);
  }
}

/** Moves the window to the first byte that is no white space, and gives it. */
function skipSpace(window: ByteWindow): number | undefined {
  const { bytes } = window;
  let at = window.from;
  while (isSpace(bytes[at])) at++;
  window.from = at;
  return bytes[at];
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Where the object that begins at a place ends: behind its last brace. -1 when that is not here. */
function objectEnd(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === quote) {
      at = stringEnd(bytes, at + 1);
      if (at < 0) return -1;
    } else if (byte === openBrace || byte === openBracket) depth++;
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return at + 1;
  }
  return -1;
}

/** The quote that ends the string that begins at a place. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === backslash) at++;
    else if (bytes[at] === quote) return at;
  }
  return -1;
}

const wholeNumber = /^-?\d+$/;
const isInteger64 = (text: string): boolean => isInteger(text);

function valueSample(name: string, all: readonly (JsonValue | undefined)[]): ColumnSample {
  const values = all.filter((value) => value !== undefined && value !== null);
  const lists = values.map((value) => (typeof value === 'object' && 'list' in value ? value.list : null));
  const listSize = lists[0]?.length ?? 0;
  const areNumbers = (test: (text: string) => boolean): boolean =>
    values.every((value) => typeof value === 'boolean' || (typeof value === 'object' && 'number' in value && test(value.number)));
  const areTexts = (test: (text: string) => boolean): boolean => values.every((value) => typeof value === 'string' && test(value));
  const areLists = (of: (item: string) => boolean): boolean =>
    lists.every((list) => list?.length === listSize && list.every((item) => wholeNumber.test(item) && of(item)));
  const whole = (text: string): boolean => wholeNumber.test(text) && isInteger(text);
  return {
    name,
    hasNulls: () => values.length < all.length,
    listSize,
    fits({ type, list }) {
      switch (type) {
        case 'int':
          return areNumbers(isInteger64) || areTexts(isInteger64); // writers make texts of integers that JavaScript can't hold
        case 'float':
          return areNumbers(isNumber);
        case 'text':
          return areTexts(() => true);
        case 'list':
          return areLists((item) => isInteger(item, list!.item));
      }
    },
    guess() {
      if (values.length === 0) return 'text';
      if (areLists(() => true)) return 'list'; // an item that is too large can't stay as it is written, and is refused
      // A number that is too large for its kind stays as it is written.
      return areNumbers(whole)
        ? 'int'
        : areNumbers((text) => isNumber(text) && (!wholeNumber.test(text) || isInteger(text)) && isExact(text))
          ? 'float'
          : 'text';
    },
  };
}
