import { cicFields } from './cic-fields.js';
import { coreFields, networkFields } from './core-fields.js';
import { factFields } from './fact-fields.js';
import { fieldsOf, type Field } from './field.js';
import { dscpFields, fragmentFields, headerSumFields, icmpFields, tagFields, ttlFields } from './header-fields.js';
import { pieceFields, stitchedFields } from './piece-fields.js';
import { tcpFields } from './tcp-fields.js';
import { identityFields } from './identity-fields.js';
import { labelFields } from './label-fields.js';
import { spltFields } from './splt-fields.js';
import { statisticsFields } from './statistics-fields.js';
import { incrementFields } from './increment-fields.js';
import { processFields } from './process-fields.js';
import { profileFields } from './profile-fields.js';

export { classicFields } from './classic-fields.js';
export { fieldTypes, integerRanges, units } from './field.js';
export type { FactGroup, Field, FieldGroup, FieldType, ListItem, StageGroup, TimeUnit, Unit } from './field.js';
export type { FieldMerge, MergeRule } from './merge-rules.js';

const endFields = fieldsOf('endReason', '', [
  [
    'end_reason',
    'text',
    '',
    'Why the flow ended: `idle`, `active`, `end` (of the source), `capacity`, with tcpExpiry `tcp_fin` or `tcp_rst`, or `custom` (by a plugin).',
    { plain: true, closed: true, merge: 'end' },
  ],
]);

const sourceFields = fieldsOf('perFile', '', [
  [
    'source_file',
    'text',
    '',
    'The capture that the flow is from, as it was given; of one in a directory, the directory and the file in it.',
    { ofCapture: true, merge: 'remade' },
  ],
]);

/** The table of flow fields: the columns of nfstream 6, in its order, then ours. */
export const fields: readonly Field[] = Object.freeze([
  ...coreFields,
  ...statisticsFields,
  ...spltFields,
  ...labelFields,
  ...networkFields,
  ...endFields,
  ...identityFields,
  ...profileFields,
  ...tcpFields,
  ...ttlFields,
  ...icmpFields,
  ...tagFields,
  ...fragmentFields,
  ...dscpFields,
  ...headerSumFields,
  ...cicFields,
  ...factFields,
  ...processFields,
  ...incrementFields,
  ...sourceFields,
  ...pieceFields,
  ...stitchedFields,
]);

/** The field with lists of this many items. */
export function sized(field: Field, size: number): Field {
  return field.list === undefined ? field : Object.freeze({ ...field, list: { ...field.list, size } });
}

/** The property of a `Flow` for a column of a file: `src2dst_first_seen_ms` is `src2dstFirstSeenMs`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
