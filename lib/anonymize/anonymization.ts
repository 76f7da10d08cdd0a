import { FlowError, listed, shortened } from '../errors.js';
import type { Field } from '../schema/fields.js';
import { derivationOf } from '../schema/derivations.js';
import { Schema } from '../schema/schema.js';
import { hashSubstitutes, prefixSubstitutes, type Substitutes } from './substitutes.js';

/** What is done to the columns of one schema. */
export interface Plan {
  /** The schema of what comes out: the same columns. */
  readonly schema: Schema;
  /** For each column, how its values are substituted; null where they stay. */
  readonly substitutes: readonly (Substitutes | null)[];
}

/** Decides which columns are anonymised, and how. It has the key, and shows it to nobody. */
export class Anonymization {
  readonly #columns: readonly string[];
  readonly #method: 'hash' | 'prefix';
  readonly #hash: Substitutes;
  readonly #prefix: ReturnType<typeof prefixSubstitutes> | null;

  constructor(columns: readonly string[], method: 'hash' | 'prefix', key: Uint8Array) {
    this.#columns = columns;
    this.#method = method;
    this.#hash = hashSubstitutes(key);
    this.#prefix = method === 'prefix' ? prefixSubstitutes(key) : null;
  }

  /**
   * The columns that were asked for, and those that would tell them.
   * @throws {FlowError} ERR_NFSTREAM_COLUMN for a column that does not exist, ERR_NFSTREAM_ANONYMIZE for one that is no text
   */
  plan(schema: Schema): Plan {
    const chosen = this.#chosen(schema);
    const substitutes = schema.fields.map((field) => (chosen.has(field.name) ? this.#substitutesFor(field) : null));
    const fields = schema.fields.map((field, index) => (substitutes[index] === null ? field : anonymized(field)));
    const columns = Object.fromEntries(schema.fields.flatMap(({ name }, index) => (substitutes[index] === null ? [] : [[name, substitutes[index]!.name]])));
    const metadata = { ...schema.metadata, 'nfstream.anonymized': JSON.stringify({ method: this.#method, columns }) };
    return { schema: new Schema(fields, schema.run, metadata), substitutes };
  }

  #chosen(schema: Schema): Set<string> {
    const asked = new Set(schema.fields.length === 0 ? [] : this.#columns.map((name) => textField(schema, name)));
    const chosen = new Set(asked);
    for (const { name, type } of schema.fields) {
      const told = derivationOf(name)?.derives.find((other) => asked.has(other));
      if (told === undefined || asked.has(name)) continue;
      if (type !== 'text') {
        throw new FlowError(
          'ERR_NFSTREAM_ANONYMIZE',
          `The column ${name} would tell ${told}, which is anonymised, and is no text that could be anonymised too; leave ${name} out of the columns.`,
        );
      }
      chosen.add(name);
    }
    return chosen;
  }

  #substitutesFor({ name }: Field): Substitutes {
    const form = derivationOf(name)?.form;
    return this.#prefix !== null && form !== undefined ? this.#prefix[form] : this.#hash;
  }
}

function textField(schema: Schema, name: string): string {
  const field = schema.fields[schema.indexOf(name)];
  if (field === undefined) {
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `There is no column ${shortened(name)} to anonymise; this run has ${listed(schema.fields.map((known) => known.name))}.`,
    );
  }
  if (field.type !== 'text')
    throw new FlowError(
      'ERR_NFSTREAM_ANONYMIZE',
      `The column ${field.name} holds no text, and only text can be anonymised; leave it out of the columns instead.`,
    );
  return field.name;
}

/** Digests and addresses need no quotes, and are no closed set. */
function anonymized({ closed: _closed, values: _values, ...field }: Field): Field {
  return Object.freeze({ ...field, plain: true, meaning: `${field.meaning} Anonymised.` });
}
