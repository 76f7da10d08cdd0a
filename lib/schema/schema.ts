import { FlowError } from '../errors.js';
import type { Inputs } from '../inputs.js';
import type { TakenRuns } from '../run-damage.js';
import { camelCase, type Field } from './fields.js';

/** What the stages of one run share about its source. It is filled while the run goes on. */
export interface RunState {
  /** Damage that the source met; `noteDamage` sets it while the run goes on. Its owner tells it once every flow is delivered. */
  damage: FlowError | null;
  /** The runs of the stage that tells the damage: the last one that has taken a batch. */
  owner?: TakenRuns;
  /** The damage was told. */
  told?: boolean;
  /** The files that the packets or flows are read from, where they are known: no output may be one of them. */
  inputs?: Inputs;
  /** Packets come as they happen: files are rotated by the wall clock instead of by the packets' times. Undefined before the first packet. */
  live?: boolean | undefined;
}

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

  /** @throws {FlowError} ERR_NFSTREAM_COLUMN when two fields have the same name */
  constructor(fields: readonly Field[], run: RunState = { damage: null }, metadata: Metadata = {}) {
    this.fields = Object.freeze([...fields]);
    this.run = run;
    this.metadata = Object.freeze({ ...metadata });
    fields.forEach((field, index) => {
      if (this.#byName.has(field.name)) throw new FlowError('ERR_NFSTREAM_COLUMN', `There are two columns named ${field.name}; give one of them another name.`);
      this.#byName.set(field.name, index);
      this.#byKey.set(this.key(index), index);
    });
  }

  /** Index of a column by its name in files or its property name on a flow; -1 when there is none. */
  indexOf(name: string): number {
    return this.#byName.get(name) ?? this.#byKey.get(name) ?? -1;
  }

  /** The flow's property for a column. Names that users gave are never converted. */
  key(index: number): string {
    const field = this.fields[index]!;
    return 'user' in field ? field.name : camelCase(field.name);
  }
}

/** A field that a user added with `withColumn`. */
export interface UserField extends Field {
  readonly user: true;
}

/** Makes the field of a user's column; `size` is how many items its lists have. */
export function userField(name: string, type: Field['type'], size = 0): UserField {
  const list = type === 'list' ? { list: { item: 'int32', size } as const } : {};
  return Object.freeze({ name, type, unit: '', when: 'always', meaning: 'A column of the user.', source: '', nullable: true, user: true, ...list });
}
