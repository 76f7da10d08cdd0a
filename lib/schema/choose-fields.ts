import { FlowError, shortened } from '../errors.js';
import { nearest } from '../text/nearest.js';
import { hasNetworks, tunnelsOf, type DecodeTunnels } from './tunnels.js';
import { dissectedGroups } from './fact-fields.js';
import { pieceFieldsFor } from './piece-fields.js';
import { classicFields, fields, sized, type Field, type FieldGroup, type TimeUnit } from './fields.js';
import { cicNames } from './presets/cicflowmeter.js';
import { zeekNames } from './presets/zeek.js';

/** The sets of fields that `features` can name. */
export const presets = Object.freeze(['nfstream', 'classic', 'zeek', 'cicflowmeter', 'full'] as const);

/** A set of fields that `features` can name. */
export type Preset = (typeof presets)[number];

/** How points in time are told: as integers (0 where there is none), as integers that Arrow and Parquet know as timestamps, or as text of RFC 3339. */
export const timestampForms = Object.freeze(['int', 'arrow', 'iso'] as const);

/** What decides which fields a run has. Options that bring columns have the name of the field's group. */
export interface FieldChoice {
  readonly features: Preset | readonly string[];
  readonly decodeTunnels: DecodeTunnels;
  /** 0 turns the labels off. */
  readonly dissections: number;
  readonly splt: number;
  readonly timeUnit: TimeUnit;
  readonly timestamps: (typeof timestampForms)[number];
  readonly [option: string]: unknown;
}

/** Columns that the engine reads itself, so that they need no dissection. */
const readHere: ReadonlySet<string> = new Set(['ja4', 'hassh', 'hassh_server']);

const labelColumns = new Set([
  ...fields.filter(({ when, name }) => dissectedGroups.has(when) && !readHere.has(name)).map((field) => field.column ?? field.name),
  'application_pair',
]);

/** Groups whose option is a number that says how much is told: with 0 there is nothing. */
const counted: ReadonlySet<FieldGroup> = new Set(['splt', 'payloadBytes']);

/** Groups whose option not every source can serve, or that tell nothing of a flow by itself: 'full' has them with it alone. */
const withOption: ReadonlySet<FieldGroup> = new Set(['perFile', 'processes', 'partial', 'increments']);

/**
 * The fields that a run has, in order.
 * @throws {FlowError} ERR_NFSTREAM_COLUMN for a name that no field has, or whose option is off
 */
export function chooseFields(choice: FieldChoice): readonly Field[] {
  const chosen = shownFields(choice);
  return choice['partial'] === true ? [...chosen, ...without(pieceFieldsFor(chosen), chosen)] : chosen;
}

/** Those that the options name, without what is needed besides. */
function shownFields(choice: FieldChoice): readonly Field[] {
  const told = (field: Field): Field => sized(inTime(field, choice), choice.splt);
  const asked = fields
    .filter((field) => isAskedFor(field, choice))
    .map((field) => possible(field, field.name, choice))
    .map(told);
  if (typeof choice.features !== 'string') {
    const named = choice.features.map((name) => namedField(name, choice, told));
    return [...named, ...without(asked, named)];
  }
  switch (choice.features) {
    case 'nfstream':
      return fields.filter((field) => isUsual(field, choice) || isAskedFor(field, choice)).map(told);
    case 'classic':
      return [...classicFields.filter((field) => choice.dissections > 0 || !needsLabels(field)), ...without(asked, classicFields)];
    case 'zeek':
    case 'cicflowmeter': {
      const named = (choice.features === 'zeek' ? zeekNames : cicNames)
        .map((name) => fields.find((field) => field.name === name)!)
        .filter((field) => isPossible(field, choice))
        .map(told);
      return [...named, ...without(asked, named)];
    }
    case 'full':
      return fields.filter((field) => isPossible(field, choice)).map(told);
  }
}

function without(list: readonly Field[], others: readonly Field[]): Field[] {
  const names = new Set(others.map((field) => field.name));
  return list.filter((field) => !names.has(field.name));
}

/** A field of nfstream's default columns. */
function isUsual(field: Field, choice: FieldChoice): boolean {
  return ['always', 'tunnels', 'labels'].includes(field.when) && isPossible(field, choice);
}

/** A field that an option of its own brings. */
function isAskedFor({ when }: Field, choice: FieldChoice): boolean {
  if (when === 'networks') return hasNetworks(choice.decodeTunnels);
  return !['always', 'tunnels', 'labels', 'classic', 'partial', 'stitched'].includes(when) && Boolean(choice[when]);
}

/** Fields that hooks of plugins read and that a run with these has not: nfstream's usual ones, and why a flow ended. */
export function fieldsForHooks(chosen: readonly Field[], choice: FieldChoice): readonly Field[] {
  const usual = fields.filter((field) => isUsual(field, choice) || field.when === 'endReason').map((field) => sized(inTime(field, choice), choice.splt));
  return without(usual, chosen);
}

/** Whether a column tells what dissection found. */
export function needsLabels(field: Field): boolean {
  return labelColumns.has(field.column ?? field.name);
}

/** Whether the run's other options leave anything to tell in it. */
function isPossible(field: Field, choice: FieldChoice): boolean {
  if (needsLabels(field)) return choice.dissections > 0;
  if (field.when === 'tunnels') return tunnelsOf(choice.decodeTunnels).length > 0;
  if (field.when === 'networks') return hasNetworks(choice.decodeTunnels);
  if (field.when === 'stitched') return false;
  if (withOption.has(field.when)) return choice[field.when] === true;
  return !counted.has(field.when) || Number(choice[field.when]) > 0;
}

function namedField(name: string, choice: FieldChoice, told: (field: Field) => Field): Field {
  const table = [...fields.map((field) => [told(field), field] as const), ...classicFields.map((field) => [field, field] as const)];
  const found = table.find(([field, row]) => field.name === name || row.name === name);
  if (found === undefined) {
    const near = nearest(
      name,
      table.map(([field]) => field.name),
    );
    throw new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `There is no column named ${shortened(name)}. ${near === undefined ? 'nfstream --list-fields lists them all.' : `Did you mean ${near}?`}`,
    );
  }
  const [field, row] = found;
  possible(row, name, choice);
  return field;
}

/** The field, or what keeps it out of a run. */
function possible(field: Field, name: string, choice: FieldChoice): Field {
  if (isPossible(field, choice)) return field;
  if (field.when === 'stitched') throw new FlowError('ERR_NFSTREAM_COLUMN', `The column ${name} is made by stitch() alone.`);
  throw new FlowError('ERR_NFSTREAM_COLUMN', `The column ${name} needs the option ${neededOption(field)}.`);
}

function neededOption(field: Field): string {
  if (needsLabels(field)) return 'dissections over 0';
  if (field.when === 'tunnels') return 'decodeTunnels';
  if (withOption.has(field.when)) return field.when;
  return field.when === 'networks' ? 'decodeTunnels with vxlan or geneve' : `${field.when} over 0`;
}

/** The field as a run with these options tells times. */
function inTime(field: Field, { timeUnit, timestamps }: FieldChoice): Field {
  const timed = inTimeUnit(field, timeUnit);
  if (timed.time === undefined || timestamps === 'int') return timed;
  const { bigint, ...rest } = timed;
  if (timestamps === 'iso') return Object.freeze({ ...rest, type: 'text', plain: true, nullable: true });
  return Object.freeze({ ...rest, ...(bigint && { bigint }), nullable: true, timestamp: true });
}

/** The field with its times in this unit, which its name tells; a field without a unit of time stays as it is. */
export function inTimeUnit(field: Field, unit: TimeUnit): Field {
  if (unit === 'ms' || !field.name.endsWith('_ms')) return field;
  const list = field.list === undefined ? {} : { list: { ...field.list, item: 'int64' } as const, column: `${field.column!}_fine` };
  const time = field.time === undefined ? {} : { time: unit, ...(unit === 'ns' && ({ bigint: true } as const)) };
  return Object.freeze({ ...field, name: field.name.replace(/_ms$/, `_${unit}`), unit, ...time, ...list });
}
