import type { FlowColumn, TextColumn } from '../flows/columns.js';
import type { DuckDbBindings } from './duckdb.js';

/** Rows of one of DuckDB's vectors. */
export const vectorRows = 2048;

/** A text as DuckDB keeps it: four bytes of length, and up to twelve of text in place; what is longer it keeps elsewhere. */
const textCell = 16;
const inPlace = 12;

/** Memory that values stand in on their way into a vector; each call uses it again. */
const texts = new Uint8Array(vectorRows * textCell);
const textLengths = new Int32Array(texts.buffer);
const validity = new Uint8Array(vectorRows / 8);

/** Puts rows `from` to `to` (exclusive, at most 2,048) of a column that is no list into a vector of BIGINT or a timestamp, DOUBLE or VARCHAR. */
export function fillVector(duckdb: DuckDbBindings, vector: unknown, column: Exclude<FlowColumn, { type: 'list' }>, from: number, to: number): void {
  if (column.type === 'text') fillTexts(duckdb, vector, column, from, to);
  else {
    const { buffer, byteOffset } = column.values;
    duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset + 8 * from, 8 * (to - from));
  }
  if (column.valid !== null) fillValidity(duckdb, vector, column.valid, from, to);
}

function fillTexts(duckdb: DuckDbBindings, vector: unknown, { offsets, bytes }: TextColumn, from: number, to: number): void {
  const long: number[] = [];
  texts.fill(0, 0, (to - from) * textCell);
  for (let row = from; row < to; row++) {
    const begin = offsets[row]!;
    const length = offsets[row + 1]! - begin;
    const cell = row - from;
    if (length > inPlace) {
      long.push(row);
      continue; // an empty text until it is assigned
    }
    textLengths[4 * cell] = length;
    for (let i = 0, at = cell * textCell + 4; i < length; i++) texts[at + i] = bytes[begin + i]!;
  }
  duckdb.copy_data_to_vector(vector, 0, texts.buffer, 0, (to - from) * textCell);
  for (const row of long) duckdb.vector_assign_string_element_len(vector, row - from, bytes.subarray(offsets[row]!, offsets[row + 1]!));
}

/** Validity is a bit a row, 1 for a value. */
function fillValidity(duckdb: DuckDbBindings, vector: unknown, valid: Uint8Array, from: number, to: number): void {
  validity.fill(0);
  for (let row = from; row < to; row++) if (valid[row] !== 0) validity[(row - from) >> 3]! |= 1 << ((row - from) & 7);
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.length);
}
