import { FlowError, invalidOption } from '../errors.js';
import type { FlowColumn, TextColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import { isRecord } from '../is-record.js';
import { checkOptions } from '../options.js';
import type { Field } from '../schema/fields.js';
import { enrichFields } from '../schema/stage-fields.js';
import { Schema } from '../schema/schema.js';
import { FlowStage } from '../flows/flow-stage.js';
import { Turn } from '../stage/turn.js';
import { isIP } from 'node:net';
import { findManufacturers, type Manufacturers } from './manufacturers.js';
import { countryOf, findMmdb, systemOf, type AddressFile } from './mmdb.js';
import { ToldColumns, type Told } from './told.js';

/** What {@link enrich} adds; without any of it nothing. */
export interface EnrichOptions {
  /** The path of a file in MaxMind's format that tells autonomous systems, such as GeoLite2-ASN.mmdb: adds `src_asn`, `src_as_name`, `dst_asn`, `dst_as_name`. It needs the package mmdb-lib. */
  asn?: string;
  /** The path of one that tells countries, such as GeoLite2-Country.mmdb or GeoLite2-City.mmdb: adds `src_country` and `dst_country`. It needs the package mmdb-lib. */
  country?: string;
  /** Adds `src_oui_name` and `dst_oui_name`, the manufacturers of the hardware addresses. It needs the package oui-data. Default false. */
  oui?: boolean;
}

interface CheckedOptions {
  readonly asn: string;
  readonly country: string;
  readonly oui: boolean;
  readonly signal?: AbortSignal;
}

/** What adds columns behind one that is there. */
interface Addition {
  readonly index: number;
  readonly fields: readonly Field[];
  readonly columns: ToldColumns;
}

/** What tells of addresses, once it is loaded. */
interface Tellers {
  readonly asn: AddressFile | null;
  readonly country: AddressFile | null;
  readonly manufacturers: Manufacturers | null;
}

/**
 * The stage that adds names to addresses: takes and gives {@link FlowBatch}, with more columns behind those that came. Iterating it throws the source's damage, if any, after the last batch,
 * unless a stage further on tells it. Made by {@link enrich}.
 */
export class Enricher extends FlowStage {
  readonly #load: () => Promise<Tellers>;
  readonly #turn = new Turn();
  #tellers: Tellers | null = null;
  #given: Schema | null = null;
  #made: Schema | null = null;
  #additions: readonly Addition[] = [];

  /** @internal */
  constructor(options: EnrichOptions & { signal?: AbortSignal }) {
    const checked = checkEnrichOptions(options);
    const openFile = checked.asn !== '' || checked.country !== '' ? findMmdb() : null;
    const loadList = checked.oui ? findManufacturers() : null;
    super('enrich()');
    this.#load = async () => ({
      asn: checked.asn === '' ? null : await openFile!(checked.asn),
      country: checked.country === '' ? null : await openFile!(checked.country),
      manufacturers: loadList?.() ?? null,
    });
    this.abortWith(checked.signal);
  }

  protected override async acceptFlows(batch: FlowBatch): Promise<void> {
    const tellers = (this.#tellers ??= await this.#load());
    // A source without a flow may have no columns, and is no mistake of the caller's.
    if (this.destroyed || batch.schema.fields.length === 0) return this.give(batch);
    const schema = this.#schemaFor(batch.schema, tellers);
    const added: FlowColumn[] = [];
    for (const { index, columns } of this.#additions) {
      added.push(...columns.of(batch.columns[index] as TextColumn));
      if (this.#turn.over()) await this.#turn.next();
    }
    await this.give(new FlowBatch(schema, batch.length, [...batch.columns, ...added], batch.source));
  }

  #schemaFor(given: Schema, tellers: Tellers): Schema {
    if (this.#made === null || this.#given !== given) {
      this.#given = given;
      this.#additions = [...this.#ofAddresses(given, tellers), ...this.#ofHardware(given, tellers)];
      this.#made = new Schema([...given.fields, ...this.#additions.flatMap(({ fields }) => fields)], given.run, given.metadata);
    }
    return this.#made;
  }

  #ofAddresses(schema: Schema, { asn, country }: Tellers): Addition[] {
    if (asn === null && country === null) return [];
    const tell = (address: string): Told => {
      const told: (number | string | null)[] = [];
      if (asn !== null) {
        const { number, name } = systemOf(isIP(address) !== 0 ? asn.find(address) : {});
        told.push(number, name);
      }
      if (country !== null) told.push(countryOf(isIP(address) !== 0 ? country.find(address) : {}));
      return told;
    };
    return (['src', 'dst'] as const).map((end) => {
      const fields = enrichFields.filter(
        ({ name }) => (asn !== null && (name === `${end}_asn` || name === `${end}_as_name`)) || (country !== null && name === `${end}_country`),
      );
      const columns = new ToldColumns(
        fields.map(({ type }) => type as 'int' | 'text'),
        tell,
      );
      return { index: columnOf(schema, `${end}_ip`, `ip_${end}`), fields, columns };
    });
  }

  #ofHardware(schema: Schema, { manufacturers }: Tellers): Addition[] {
    if (manufacturers === null) return [];
    return (['src', 'dst'] as const).map((end) => ({
      index: columnOf(schema, `${end}_mac`, `${end}_oui`),
      fields: enrichFields.filter(({ name }) => name === `${end}_oui_name`),
      columns: new ToldColumns(['text'], (address) => [manufacturers(address)]),
    }));
  }
}

/** The first of these columns that is there. @throws {FlowError} ERR_NFSTREAM_COLUMN */
function columnOf({ fields }: Schema, ...names: readonly string[]): number {
  const index = names.map((name) => fields.findIndex((field) => field.name === name && field.type === 'text')).find((found) => found >= 0);
  if (index === undefined)
    throw new FlowError('ERR_NFSTREAM_COLUMN', `enrich() needs the column ${names[0]!} as text, but these flows have none; keep it among the columns.`);
  return index;
}

/**
 * Checks the options of {@link enrich} without making the stage.
 * @param what how a sentence names them
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkEnrichOptions(options: unknown, what = 'the options of enrich()'): CheckedOptions {
  if (!isRecord(options)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', what, 'an object', options);
  return checkOptions(['enrich'], options) as unknown as CheckedOptions;
}

/**
 * Makes the stage that tells whose addresses are, behind `aggregate()` or a reader of files of flows, and before `anonymize()`: `enrich({ asn: 'GeoLite2-ASN.mmdb', country: 'GeoLite2-Country.mmdb' })`.
 * @throws {FlowError} ERR_NFSTREAM_PEER without the packages that it needs, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE; while it runs, the stage is destroyed
 * with ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION or ERR_NFSTREAM_READ for a file, ERR_NFSTREAM_ENRICH for one that is damaged or of another format,
 * ERR_NFSTREAM_COLUMN for flows without addresses, or with such columns already, or ERR_NFSTREAM_BATCH_TYPE
 */
export function enrich(options: EnrichOptions & { signal?: AbortSignal }): Enricher {
  return new Enricher(options);
}
