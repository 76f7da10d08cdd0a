import type { FlowColumn, TextColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { FlowError, invalidOption } from '../errors.js';
import { isRecord } from '../is-record.js';
import { Turn } from '../stage/turn.js';
import { checkOptions } from '../options.js';
import type { Schema } from '../schema/schema.js';
import { FlowStage } from '../flows/flow-stage.js';
import { Anonymization, type Plan } from './anonymization.js';
import type { Substitutes } from './substitutes.js';

/** What {@link anonymize} does to which columns. */
export interface AnonymizeOptions {
  /** Text columns, by their names in files or on flows. Those that would tell them (a MAC's manufacturer, Community IDs, URLs) are anonymised too. */
  columns: string | readonly string[];
  /**
   * 'hash' (the default) makes BLAKE2b-512 digests of values, 128 hexadecimal digits, as nfstream does. 'prefix' makes addresses of addresses: two that are in one
   * network are in one network afterwards (Crypto-PAn), MAC addresses of one manufacturer stay together; other texts get digests.
   */
  method?: 'hash' | 'prefix';
  /**
   * The secret: the same one gives the same values in every run, so that their files can be joined; whoever has it can find the addresses again. 16 to 64 bytes,
   * for 'prefix' exactly 32. Default: new random bytes, which nobody learns.
   */
  key?: Uint8Array;
}

/** Rows between two looks at the clock. */
const stride = 64;

/**
 * The stage that anonymises: takes and gives {@link FlowBatch}, with the same columns. '' and null stay. Iterating it throws the source's damage, if any, after
 * the last batch, unless a stage further on tells it. Made by {@link anonymize}.
 */
export class Anonymizer extends FlowStage {
  readonly #anonymization: Anonymization;
  readonly #turn = new Turn();
  readonly #plans = new Map<Schema, Plan>();

  /** @internal */
  constructor(options: AnonymizeOptions & { signal?: AbortSignal }) {
    const { columns, method, key, signal } = checkAnonymizeOptions(options);
    super('anonymize()');
    this.#anonymization = new Anonymization(columns, method, key ?? process.getBuiltinModule('node:crypto').randomBytes(method === 'prefix' ? 32 : 64));
    this.abortWith(signal);
  }

  protected override async acceptFlows(batch: FlowBatch): Promise<void> {
    const { schema, substitutes } = this.#plan(batch.schema);
    const columns: FlowColumn[] = [];
    for (const [index, column] of batch.columns.entries()) {
      const how = substitutes[index]!;
      columns.push(how === null ? column : await this.#substitute(schema.fields[index]!.name, column as TextColumn, how));
    }
    await this.give(new FlowBatch(schema, batch.length, columns, batch.source));
  }

  #plan(schema: Schema): Plan {
    let plan = this.#plans.get(schema);
    if (plan === undefined) {
      this.#plans.clear(); // one schema at a time; an exporter behind refuses another anyway
      this.#plans.set(schema, (plan = this.#anonymization.plan(schema)));
    }
    return plan;
  }

  async #substitute(name: string, column: TextColumn, how: Substitutes): Promise<TextColumn> {
    const { offsets } = column;
    const source = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
    const rows = offsets.length - 1;
    const texts = new Array<Uint8Array | null>(rows).fill(null);
    const made = new Int32Array(rows + 1);
    for (let row = 0; row < rows && !this.destroyed; row++) {
      const [from, to] = [offsets[row]!, offsets[row + 1]!];
      if (to > from) {
        const text = how.of(source, from, to);
        if (text === null)
          throw new FlowError(
            'ERR_NFSTREAM_ANONYMIZE',
            `The column ${name} has a text that is no address, in row ${row} of a batch; method 'hash' takes any text.`,
          );
        texts[row] = text;
      }
      made[row + 1] = made[row]! + (texts[row]?.length ?? 0);
      if (row % stride === 0 && this.#turn.over()) await this.#turn.next();
    }
    const bytes = new Uint8Array(made[rows]!);
    texts.forEach((text, row) => text !== null && bytes.set(text, made[row]!));
    return { type: 'text', offsets: made, bytes, valid: column.valid };
  }
}

/**
 * Checks the options of {@link anonymize} without making the stage.
 * @param what how a sentence names them
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; none of them shows the key
 */
export function checkAnonymizeOptions(
  options: unknown,
  what = 'the options of anonymize()',
): { columns: readonly string[]; method: 'hash' | 'prefix'; key?: Uint8Array; signal?: AbortSignal } {
  const given = typeof options === 'string' || Array.isArray(options) ? { columns: options as unknown } : options;
  if (!isRecord(given)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'an object, or an array of names', given);
  const checked = checkOptions(['anonymize'], given) as ReturnType<typeof checkAnonymizeOptions>;
  const { columns, method, key } = checked;
  if (columns === undefined) throw new FlowError('ERR_NFSTREAM_OPTION_TYPE', 'Expected an array of names for columns but received none.');
  if (method === 'prefix' && key !== undefined && key.length !== 32) {
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `Expected 32 bytes for key with method 'prefix' but received ${key.length}.`);
  }
  return checked;
}

/**
 * Makes the stage that anonymises columns of flows, between `aggregate()` and what writes them: `anonymize({ columns: ['src_ip', 'dst_ip'] })`, or
 * `anonymize(['src_ip', 'dst_ip'])`. What was done stands in the metadata of Arrow files (`nfstream.anonymized`), the key nowhere.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is destroyed with
 * ERR_NFSTREAM_COLUMN for a column that does not exist, ERR_NFSTREAM_ANONYMIZE for one that can't be anonymised, or ERR_NFSTREAM_BATCH_TYPE
 */
export function anonymize(options: (AnonymizeOptions & { signal?: AbortSignal }) | string | readonly string[]): Anonymizer {
  return new Anonymizer(options as AnonymizeOptions);
}
