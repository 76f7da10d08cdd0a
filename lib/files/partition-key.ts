import { exactAt, type FlowColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { FlowError, listed, shortened } from '../errors.js';
import type { Schema } from '../schema/schema.js';
import { timeOf } from './flow-time.js';
import { hiveFolder } from './hive-path.js';

/** Folders by time, in UTC: what they are called, and how much of an ISO time. */
const times: Readonly<Record<string, number>> = { hour: 'yyyy-mm-ddThh'.length, day: 'yyyy-mm-dd'.length };

/** Texts whose folder is remembered; the network decides how many there are. */
const mostRemembered = 65_536;

/** A value of a column that folders are made of. */
type Value = string | number | bigint | null;

/** Furthest time from 1970 that a Date can tell, in milliseconds. */
const furthestMs = 8.64e15;

/** Finds the folder of a flow by its values: `application_name=TLS.Google/hour=2024-05-01T13`. */
export class PartitionKey {
  readonly #names: readonly string[];
  readonly #remembered: Map<Value, string>[];

  /** @param names columns by their names in files or on flows, or `hour`, `day` */
  constructor(names: readonly string[]) {
    this.#names = [...new Set(names)];
    this.#remembered = this.#names.map(() => new Map<Value, string>());
  }

  /**
   * The columns that files have: those that the folders tell are left out, as in Hive.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN for a column that does not exist, is no text or integer, or when none is left
   */
  rest(schema: Schema): string[] {
    const taken = new Set(this.#columns(schema));
    const left = schema.fields.map((field) => field.name).filter((_, index) => !taken.has(index));
    if (left.length === 0 && schema.fields.length > 0) {
      throw new FlowError('ERR_NFSTREAM_COLUMN', 'partitionBy takes every column, and leaves none for the files; name fewer columns.');
    }
    return left;
  }

  /** Gives the folder of each row of a batch. */
  folders(batch: FlowBatch): (row: number) => string {
    const columns = this.#columns(batch.schema);
    const msOf = columns.includes(-1) ? timeOf(batch) : () => 0;
    const parts = columns.map((index, place): ((row: number) => string) => {
      const name = this.#names[place]!;
      if (index < 0) return (row) => this.#folder(place, name, isoStart(msOf(row), times[name]!));
      const column: FlowColumn = batch.columns[index]!;
      const title = batch.schema.fields[index]!.name;
      return (row) => this.#folder(place, title, exactAt(column, row) as Value);
    });
    return parts.length === 1 ? parts[0]! : (row) => parts.map((part) => part(row)).join('/');
  }

  #folder(place: number, name: string, value: Value): string {
    const known = this.#remembered[place]!;
    let folder = known.get(value);
    if (folder === undefined) {
      if (known.size === mostRemembered) known.clear();
      known.set(value, (folder = hiveFolder(name, value === null ? null : String(value))));
    }
    return folder;
  }

  /** Where the columns are; -1 for a time that is no column. */
  #columns(schema: Schema): number[] {
    return this.#names.map((name) => {
      const isTime = schema.indexOf(name) < 0 && Object.hasOwn(times, name);
      return isTime || schema.fields.length === 0 ? -1 : columnForNames(schema, name, 'partitionBy', 'folders');
    });
  }
}

/**
 * Where a column is that folders or files get their names by.
 * @param who names it, @param what gets its name so
 * @throws {FlowError} ERR_NFSTREAM_COLUMN for one that does not exist, or is neither text nor an integer
 */
export function columnForNames(schema: Schema, name: string, who: string, what: 'folders' | 'files'): number {
  const index = schema.indexOf(name);
  if (index < 0)
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `${who} names the column ${shortened(name)}, but these flows have none; they have ${listed(schema.fields.map((field) => field.name))}.`,
    );
  const { type } = schema.fields[index]!;
  if (type !== 'text' && type !== 'int')
    throw new FlowError('ERR_NFSTREAM_COLUMN', `${who} names the column ${name}, which is neither text nor an integer; ${what} can be made of those only.`);
  return index;
}

function isoStart(ms: number, length: number): string {
  const text = new Date(Math.max(-furthestMs, Math.min(furthestMs, ms))).toISOString();
  return text.slice(0, text.indexOf('-', 1) - 4 + length);
}
