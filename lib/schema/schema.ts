import { checkText } from '../arguments.js';
import { FlowError, invalidOption, shortened, shown } from '../errors.js';
import { isRecord } from '../is-record.js';
import { camelCase, fieldTypes, type Field } from './fields.js';
import type { RunState } from '../stage/run-state.js';

/** Facts about a run that files carry as metadata: names and text. */
export type Metadata = Readonly<Record<string, string>>;

/**
 * The columns of a run: their names, types and order. There is one Schema object for each aggregator, every batch carries it, and
 * stages tell a changed schema by comparing objects.
 */
export class Schema {
  readonly fields: readonly Field[];
  readonly metadata: Metadata;
  /** State of the run that makes the flows. */
  readonly run: RunState;
  readonly #byName = new Map<string, number>();
  readonly #byKey = new Map<string, number>();

  /** @throws {FlowError} ERR_NFSTREAM_COLUMN when two fields have the same name, ERR_NFSTREAM_OPTION_TYPE for what are no fields, no state and no metadata */
  constructor(fields: readonly Field[], run: RunState = { damage: null }, metadata: Metadata = {}) {
    if (!Array.isArray(fields)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the fields of a Schema', 'an array of fields', fields);
    for (const [index, field] of (fields as readonly unknown[]).entries())
      if (!isField(field)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `field ${index} of a Schema`, 'an object with name and type', field);
    if (!isRecord(run)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the run of a Schema', 'an object', run);
    if (!isRecord(metadata) || !Object.values(metadata).every((text) => typeof text === 'string'))
      throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the metadata of a Schema', 'an object of texts', metadata);
    this.fields = Object.freeze([...fields]);
    this.run = run;
    this.metadata = Object.freeze({ ...metadata });
    fields.forEach((field, index) => {
      if (this.#byName.has(field.name))
        throw new FlowError('ERR_NFSTREAM_COLUMN', `There are two columns named ${shortened(field.name)}; give one of them another name.`);
      this.#byName.set(field.name, index);
      this.#byKey.set(this.key(index), index);
    });
  }

  /** Index of a column by its name in files or its property name on a flow; -1 when there is none. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE */
  indexOf(name: string): number {
    checkText('the name of a column', name);
    return this.#byName.get(name) ?? this.#byKey.get(name) ?? -1;
  }

  /**
   * The flow's property for a column. Names that users gave are never converted.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN for the index of no column
   */
  key(index: number): string {
    const field = Number.isInteger(index) ? this.fields[index] : undefined;
    if (field === undefined) throw new FlowError('ERR_NFSTREAM_COLUMN', `There is no column of index ${shown(index)}; there are ${this.fields.length}.`);
    return keyOf(field);
  }
}

/** The flow's property for a field. Names that users gave are never converted. */
export function keyOf(field: Field): string {
  return 'user' in field ? field.name : camelCase(field.name);
}

function isField(value: unknown): value is Field {
  if (!isRecord(value) || typeof value['name'] !== 'string' || !(fieldTypes as readonly unknown[]).includes(value['type'])) return false;
  return value['type'] !== 'list' || isRecord(value['list']);
}

/** A field that a user added, with `withColumn` or as a plugin. */
export interface UserField extends Field {
  readonly user: true;
  /** Of a plugin's column or a metric: where a flow has it, by its name there, besides its own property; and whether it is a boolean there, as files have 0 and 1. */
  readonly of?: { readonly place: 'udps' | 'metrics'; readonly name: string; readonly boolean: boolean };
}

/** Makes the field of a user's column; `size` is how many items its lists have, each of 64 bits. */
export function userField(name: string, type: Field['type'], size = 0, bigint = false): UserField {
  const list = type === 'list' ? { list: { item: 'int64', size } as const } : {};
  return Object.freeze({
    name,
    type,
    unit: '',
    when: 'always',
    meaning: 'A column of the user.',
    source: '',
    nullable: true,
    user: true,
    ...(bigint && { bigint }),
    ...list,
  });
}
