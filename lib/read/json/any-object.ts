import { jsonParser, type Token } from 'stream-json/core/parser.js';
import type { BatchBuilder } from '../batch-builder.js';
import { CellError } from '../cell-error.js';
import type { ColumnBuilder } from '../column-builder.js';
import { isPlainInteger } from '../number-text.js';

/** A value of a row: numbers keep their digits as text. */
export type JsonValue = { readonly number: string } | { readonly list: readonly string[] } | string | boolean | null;

/**
 * One row by its JSON text, of any form that JSON allows, read by stream-json.
 * @throws {CellError} for a value that no column can have, {Error} of stream-json for what is no JSON
 */
export function jsonObject(text: string): Map<string, JsonValue> {
  const result = jsonParser({ packValues: true, streamValues: false })(text);
  const tokens = typeof result === 'symbol' ? [] : result.values;
  // The text is all there is: where the parser waits for more, it is wrong.
  if (tokens.at(-1)?.name !== 'endObject') throw new Error('a value is not as JSON has it');
  const row = new Map<string, JsonValue>();
  let key = '';
  for (let at = 1; at < tokens.length - 1; at++) {
    const token = tokens[at]!;
    if (token.name === 'keyValue') key = token.value;
    else if (token.name === 'startArray') {
      const list = listFrom(tokens, at + 1, key);
      row.set(key, { list });
      at += list.length + 1;
    } else row.set(key, valueOf(token, key));
  }
  return row;
}

function valueOf(token: Token, key: string): JsonValue {
  switch (token.name) {
    case 'numberValue':
      return { number: token.value };
    case 'stringValue':
    case 'trueValue':
    case 'falseValue':
    case 'nullValue':
      return token.value;
    default:
      throw new CellError(`${key} is an object; a column has numbers, texts or lists of integers`);
  }
}

/** The numbers of an array whose first is at a place. */
function listFrom(tokens: readonly Token[], from: number, key: string): string[] {
  const list: string[] = [];
  for (let at = from; ; at++) {
    const token = tokens[at]!;
    if (token.name === 'endArray') return list;
    // Writers make texts of integers that JavaScript can't hold.
    if (token.name !== 'numberValue' && !(token.name === 'stringValue' && isPlainInteger(token.value)))
      throw new CellError(`${key} is a list of other things than integers`);
    list.push(token.value);
  }
}

/** Puts a row into a builder, whatever the order of its keys. A key that is not there is null. @throws {CellError} */
export function putJsonObject(row: ReadonlyMap<string, JsonValue>, builder: BatchBuilder): void {
  let found = 0;
  for (const column of builder.columns) {
    const value = row.get(column.field.name);
    if (value !== undefined) found++;
    if (value === undefined || value === null) column.setNull(builder.row);
    else putValue(column, builder.row, value);
  }
  if (found === row.size) return;
  const names = new Set(builder.columns.map((column) => column.field.name));
  const unknown = [...row.keys()].find((name) => !names.has(name))!;
  throw new CellError(`${JSON.stringify(unknown)} is no column of the rows before; name it in the option types`);
}

function putValue(column: ColumnBuilder, row: number, value: Exclude<JsonValue, null>): void {
  const isNumber = column.type === 'int' || column.type === 'float';
  if (typeof value === 'object' && 'list' in value && column.type !== 'list')
    throw new CellError(`${column.field.name} is a list, where a ${column.type} belongs`);
  const bytes = Buffer.from(typeof value === 'boolean' && isNumber ? String(Number(value)) : textOf(value));
  column.set(row, bytes, 0, bytes.length);
}

function textOf(value: Exclude<JsonValue, null>): string {
  if (typeof value !== 'object') return String(value);
  return 'list' in value ? `[${value.list.join()}]` : value.number;
}
