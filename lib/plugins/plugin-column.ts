import { FlowError, invalidOption, quoted, shortened, shown } from '../errors.js';
import { isRecord } from '../is-record.js';
import { mergeRules, type MergeRule } from '../schema/merge-rules.js';
import { classicFields, fields, type FieldType } from '../schema/fields.js';
import { inTimeUnit } from '../schema/choose-fields.js';
import { camelCase } from '../schema/fields.js';
import { userField, type UserField } from '../schema/schema.js';
import { buildColumn, type FlowColumn } from '../flows/columns.js';
import { pluginTypes, type PluginType } from './plugin.js';

/** Where a flow has a value of a plugin. */
export type Place = 'udps' | 'metrics';

/** A column that a plugin, or a metric, adds. */
export interface AddedColumn {
  readonly place: Place;
  /** Its name in `flow.udps` or `flow.metrics`. */
  readonly name: string;
  readonly type: PluginType;
  /** Items of its lists. */
  readonly size: number;
  /** What every flow starts with. */
  readonly initial: unknown;
  readonly field: UserField;
}

/** What is told of a column, checked. */
interface Told {
  readonly type: PluginType;
  readonly initial: unknown;
  readonly merge: MergeRule;
  readonly size: number;
  readonly meaning: string;
}

const longestList = 65_535;
const longestName = 255;

const stored: Readonly<Record<PluginType, FieldType>> = { int: 'int', float: 'float', text: 'text', boolean: 'int', bigint: 'int', list: 'list' };

/** Every name that a column of some run has, in files or as a property; and what flows have besides. */
function takenNames(): ReadonlySet<string> {
  taken ??= new Set([
    ...[...fields, ...classicFields]
      .flatMap((field) => (['ms', 'us', 'ns'] as const).map((unit) => inTimeUnit(field, unit).name))
      .flatMap((name) => [name, camelCase(name)]),
    ...['udps', 'metrics'],
  ]);
  return taken;
}

let taken: ReadonlySet<string> | null = null;

/**
 * The column of a plugin.
 * @param where how sentences call the column: `column first666 of plugin Mine`
 * @param prefix what its name begins with in files
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_COLUMN
 */
export function pluginColumn(where: string, name: string, spec: unknown, prefix: string): AddedColumn {
  const given = typeof spec === 'string' ? { type: spec } : spec;
  if (!isRecord(given)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', where, `one of ${typeNames}, or an object with a type`, spec);
  refuseOthers(where, given, ['type', 'default', 'merge', 'size', 'meaning']);
  const type = checkType(where, given['type']);
  return added('udps', where, name, prefix, told(where, { ...given, type }, 'default', null, 'none'));
}

/** The column of a metric. @throws {FlowError} as {@link pluginColumn} */
export function metricColumn(where: string, name: string, spec: Readonly<Record<string, unknown>>): AddedColumn {
  refuseOthers(where, spec, ['type', 'initial', 'update', 'merge', 'meaning']);
  const { initial } = spec;
  const type = spec['type'] === undefined ? typeOf(where, initial) : checkType(where, spec['type']);
  return added('metrics', where, name, '', told(where, { ...spec, type }, 'initial', initial, initial === 0 ? 'sum' : 'none'));
}

function told(where: string, spec: Readonly<Record<string, unknown>> & { type: PluginType }, start: string, otherwise: unknown, merges: MergeRule): Told {
  const { type, merge = merges, size = 0, meaning = 'A column of a plugin.' } = spec;
  if (!(mergeRules as readonly unknown[]).includes(merge))
    throw invalidOption(
      typeof merge === 'string' ? 'ERR_NFSTREAM_OPTION_RANGE' : 'ERR_NFSTREAM_OPTION_TYPE',
      `merge of ${where}`,
      `one of ${mergeRules.map((rule) => JSON.stringify(rule)).join(', ')}`,
      merge,
    );
  const adds = merge === 'sum' && (type === 'text' || type === 'boolean' || type === 'list');
  if (adds) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `merge of ${where}`, `another rule, as a ${type} has no sum,`, merge);
  if (typeof meaning !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `meaning of ${where}`, 'a string', meaning);
  if (typeof size !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `size of ${where}`, 'an integer', size);
  if (!Number.isInteger(size) || size < 0 || size > longestList)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `size of ${where}`, `an integer from 0 to ${longestList}`, size);
  const initial = spec[start] === undefined ? otherwise : spec[start];
  const complaint = complaintAbout({ type, size }, initial);
  if (complaint !== null) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `Expected ${complaint} for ${start} of ${where} but received ${shown(initial)}.`);
  return { type, initial: Array.isArray(initial) ? Object.freeze([...(initial as unknown[])]) : initial, merge: merge as MergeRule, size, meaning };
}

function added(place: Place, where: string, name: string, prefix: string, { type, initial, merge, size, meaning }: Told): AddedColumn {
  const inFiles = prefix + name;
  if (inFiles === '' || name === '__proto__' || inFiles.length > longestName)
    throw new FlowError('ERR_NFSTREAM_COLUMN', `The ${where} can't have the name ${quoted(inFiles)}; give it one of 1 to ${longestName} characters.`);
  if (takenNames().has(inFiles))
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `The ${where} has the name of a column of flows; give it another name${place === 'udps' ? ', or all columns of plugins a pluginPrefix' : ''}.`,
    );
  const field = {
    ...userField(inFiles, stored[type], size, type === 'bigint'),
    meaning,
    merge,
    ...(type === 'boolean' && ({ unit: 'flag', narrow: 'uint8' } as const)),
    of: Object.freeze({ place, name, boolean: type === 'boolean' }),
  };
  return Object.freeze({ place, name, type, size, initial, field: Object.freeze(field) });
}

const typeNames = pluginTypes.map((type) => JSON.stringify(type)).join(', ');

function checkType(where: string, type: unknown): PluginType {
  if ((pluginTypes as readonly unknown[]).includes(type)) return type as PluginType;
  throw invalidOption(typeof type === 'string' ? 'ERR_NFSTREAM_OPTION_RANGE' : 'ERR_NFSTREAM_OPTION_TYPE', `type of ${where}`, `one of ${typeNames}`, type);
}

function typeOf(where: string, initial: unknown): PluginType {
  switch (typeof initial) {
    case 'number':
      return Number.isInteger(initial) ? 'int' : 'float';
    case 'string':
      return 'text';
    case 'boolean':
    case 'bigint':
      return typeof initial as 'boolean' | 'bigint';
    default:
      throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `initial of ${where}`, 'a number, bigint, string or boolean, or null and a type', initial);
  }
}

function refuseOthers(where: string, given: object, known: readonly string[]): void {
  const other = Object.keys(given).find((key) => !known.includes(key));
  if (other !== undefined)
    throw new FlowError('ERR_NFSTREAM_OPTION_UNKNOWN', `There is no ${shortened(other)} in the ${where}; known are ${known.join(', ')}.`);
}

const halfCharacter = /[\ud800-\udfff]/u;
const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];

/** What a value should be, as a sentence says it; null when it is that. */
export function complaintAbout({ type, size }: { readonly type: PluginType; readonly size: number }, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'int':
      return isInteger(value) ? null : "a whole number (type 'float' takes others)";
    case 'bigint':
      return isInteger(value) ? null : 'a bigint of 64 bits';
    case 'float':
      return typeof value === 'number' && Number.isFinite(value) ? null : 'a finite number';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'text':
      return typeof value === 'string' && !halfCharacter.test(value) ? null : 'a string of whole characters';
    case 'list':
      return Array.isArray(value) && value.length === size && value.every(isInteger) ? null : `an array of ${size} whole numbers`;
  }
}

function isInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) || (typeof value === 'bigint' && value >= least && value <= most);
}

/** The column with these values, which are checked; booleans become 0 and 1. */
export function addedValues({ type, field }: AddedColumn, values: readonly unknown[]): FlowColumn {
  return buildColumn(field, type === 'boolean' ? values.map((value) => (typeof value === 'boolean' ? Number(value) : null)) : values);
}
