import type { FieldMerge } from './merge-rules.js';

/** How a column is stored: 64-bit signed integers, 64-bit floats, UTF-8 text, or lists of integers that are all of one length. */
export type FieldType = (typeof fieldTypes)[number];

/** Every type of a column. */
export const fieldTypes = Object.freeze(['int', 'float', 'text', 'list'] as const);

/** How an item of a list is stored. */
export type ListItem = 'int8' | 'int32' | 'int64';

/** The least and the largest integer that each holds. */
export const integerRanges: Readonly<Record<ListItem, readonly [least: bigint, most: bigint]>> = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** A unit of time. */
export type TimeUnit = 'ms' | 'us' | 'ns';

/** Every unit of a value; '' where it has none. */
export const units = Object.freeze(['', 'ms', 'us', 'ns', 'packets', 'bytes', 'flag', 'code', 'bytes/s', 'packets/s', 'bits/byte'] as const);

/** What a value counts. */
export type Unit = (typeof units)[number];

/**
 * What brings a column: it is there always, with `decodeTunnels`, with a tunnel among them that names networks, with `dissections` over 0
 * (labels), only in the classic preset, with the option of this name, or with the stage of this name.
 */
export type FieldGroup =
  | 'always'
  | 'tunnels'
  | 'networks'
  | 'labels'
  | 'classic'
  | 'statistics'
  | 'splt'
  | 'endReason'
  | 'communityId'
  | 'uid'
  | 'rates'
  | 'activity'
  | 'payloadBytes'
  | 'payloadEntropy'
  | 'tcpState'
  | 'tcpQuality'
  | 'tcpWindow'
  | 'tcpOptions'
  | 'tcpRtt'
  | 'ttl'
  | 'icmp'
  | 'tags'
  | 'ipFragments'
  | 'dscp'
  | 'headers'
  | 'cic'
  | 'processes'
  | 'increments'
  | 'perFile'
  | StageGroup
  | 'partial'
  | 'stitched'
  | FactGroup;

/** The stages from flows to flows that bring columns. */
export type StageGroup = 'enrich' | 'label';

/** The options that bring what dissection finds beside the label. */
export type FactGroup = 'applicationDetails' | 'risks' | 'tls' | 'ssh' | 'http' | 'dns' | 'dhcp' | 'detectedOs';

/** One row of the table of flow fields. */
export interface Field {
  /** Name in files, snake_case: nfstream's own where nfstream has the column. */
  readonly name: string;
  readonly type: FieldType;
  /** Unit of the value; '' for names, numbers that count nothing, and text. */
  readonly unit: Unit;
  readonly when: FieldGroup;
  /** What the value is, by which formula, and its value where it does not apply. */
  readonly meaning: string;
  /** Whose definition it is: `nfstream`, `nDPI`, an RFC, another tool; '' for our own. */
  readonly source: string;
  /** The engine's column, where it has another name than the field. */
  readonly column?: string;
  /** Text that is made by us from letters, digits, `.`, `:`, `-` and `_` only: it never needs quoting or escaping. */
  readonly plain?: true;
  /** May be null. Columns that nfstream has are never null, unless the option `timestamps` says so. */
  readonly nullable?: true;
  /** A point in time since the epoch, in this unit. */
  readonly time?: TimeUnit;
  /** Arrow and Parquet have the point in time as a timestamp in UTC, as `timestamps: 'arrow'` asks for. */
  readonly timestamp?: true;
  /** Values, or items of lists, are bigints in JavaScript. */
  readonly bigint?: true;
  /** Of a list: how an item is stored, and how many there are in each row. */
  readonly list?: { readonly item: ListItem; readonly size: number };
  /** With `freezeAfter` it tells of the flow's packets up to that one. A field without it depends on the first packet alone, or tells of the whole flow. */
  readonly frozen?: true;
  /** The same in all flows of a batch: made by the stage, and not by the engine. */
  readonly ofCapture?: true;
  /** Text from a closed set, which a dictionary of Arrow can hold. */
  readonly closed?: true;
  /** Every text of a closed set, in a run that knows them. */
  readonly values?: readonly string[];
  /** How two pieces of a flow merge (docs/stitching.md). Absent of a column of which nobody said so: it becomes null. */
  readonly merge?: FieldMerge;
  /** The narrowest type that holds every value, for `compact`. */
  readonly narrow?: 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32';
}

/** What a row of the table may say besides its first cells. */
export type FieldExtra = Pick<Field, 'column' | 'plain' | 'nullable' | 'time' | 'list' | 'closed' | 'narrow' | 'ofCapture' | 'frozen' | 'merge' | 'bigint'>;

/** A row of the table as it is written down. */
export type FieldRow = readonly [name: string, type: FieldType, unit: Unit, meaning: string, extra?: FieldExtra];

/**
 * Rows that share an option, a source and what else all of them say, as fields. A name that ends with `_ms` follows the option `timeUnit`: the engine's column has no
 * unit.
 */
export function fieldsOf(when: FieldGroup, source: string, rows: readonly FieldRow[], all: FieldExtra = {}): Field[] {
  return rows.map(([name, type, unit, meaning, extra]) => {
    const column = name.endsWith('_ms') ? { column: name.slice(0, -3) } : {};
    return Object.freeze({ name, type, unit, when, meaning, source, ...column, ...all, ...extra });
  });
}

/** What direction-wise columns are named and tell. */
export const directions: readonly (readonly [name: string, ofWhat: string, absent: string])[] = [
  ['bidirectional', 'the flow', ''],
  ['src2dst', 'the packets from source to destination', ''],
  ['dst2src', 'the packets from destination to source', '; 0 when there is none'],
];

/** A field that is null where there is nothing to tell. */
export const maybe = { nullable: true } as const;

/** Fields that `freezeAfter` freezes. */
export const frozen = { frozen: true } as const;

/** A digest, or null. */
export const hash = { nullable: true, plain: true } as const;
