import { FlowError, invalidOption, listed, shortened } from '../errors.js';
import type { FlowColumn } from '../flows/columns.js';
import { nearest } from '../text/nearest.js';
import type { Schema } from '../schema/schema.js';

/** Columns whose values go into one input of a model, side by side. */
export interface Features {
  /** Numbers of a row: one a column, of a list as many as it has items. */
  readonly width: number;
  /** Writes rows `from` to `to` of a batch, one behind the other. */
  fill(columns: readonly FlowColumn[], from: number, to: number, into: Float32Array): void;
}

/**
 * Finds the columns of each input.
 * @param nulls what a null is fed as
 * @throws {FlowError} ERR_NFSTREAM_COLUMN, which names all that do not exist, or all that are no numbers
 */
export function findFeatures(schema: Schema, names: readonly (readonly string[])[], nulls: number): Features[] {
  const all = [...new Set(names.flat())];
  const missing = all.filter((name) => schema.indexOf(name) < 0);
  if (missing.length > 0) {
    const known = schema.fields.map((field) => field.name);
    const told = missing.map((name) => {
      const near = nearest(name, known);
      return near === undefined ? shortened(name) : `${shortened(name)} (did you mean ${shortened(near)}?)`;
    });
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `predict() was given inputs that are no columns of these flows: ${listed(told)}. Options of aggregate() bring columns.`,
    );
  }
  const texts = all.filter((name) => schema.fields[schema.indexOf(name)]!.type === 'text');
  if (texts.length > 0)
    throw new FlowError('ERR_NFSTREAM_COLUMN', `A model takes numbers, but these inputs of predict() are text: ${listed(texts)}. Leave them out.`);
  return names.map((list) => features(schema, list, nulls));
}

function features(schema: Schema, names: readonly string[], nulls: number): Features {
  const parts: { index: number; at: number }[] = [];
  let width = 0;
  for (const name of names) {
    const index = schema.indexOf(name);
    parts.push({ index, at: width });
    width += schema.fields[index]!.list?.size ?? 1;
  }
  return {
    width,
    fill(columns, from, to, into) {
      for (const { index, at } of parts) fillColumn(columns[index]!, from, to, into, at, width, nulls);
    },
  };
}

function fillColumn(column: FlowColumn, from: number, to: number, into: Float32Array, at: number, width: number, nulls: number): void {
  const { valid } = column;
  switch (column.type) {
    case 'float': {
      const { values } = column;
      for (let row = from, place = at; row < to; row++, place += width) into[place] = values[row]!;
      break;
    }
    case 'int': {
      const { halves } = column;
      for (let row = from, place = at; row < to; row++, place += width) into[place] = halves[2 * row + 1]! * 4294967296 + (halves[2 * row]! >>> 0);
      break;
    }
    case 'list': {
      const { items, size } = column;
      for (let row = from, place = at; row < to; row++, place += width)
        for (let item = 0; item < size; item++) into[place + item] = Number(items[row * size + item]);
      break;
    }
    case 'text':
      throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'a feature', 'numbers', 'text'); // findFeatures() has refused it
  }
  if (valid === null) return;
  const size = column.type === 'list' ? column.size : 1;
  for (let row = from, place = at; row < to; row++, place += width) if (valid[row] === 0) into.fill(nulls, place, place + size);
}
