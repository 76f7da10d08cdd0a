import { fieldsOf, maybe, type Field, type FieldRow } from './field.js';

const ends = [
  ['src', 'source'],
  ['dst', 'destination'],
] as const;

/** What `enrich()` adds. */
export const enrichFields = fieldsOf('enrich', '', [
  ...ends.flatMap(([end, what]): FieldRow[] => [
    [
      `${end}_asn`,
      'int',
      '',
      `The number of the autonomous system that the ${what}'s address is in, by the file of \`asn\`; null for none.`,
      { ...maybe, narrow: 'uint32' },
    ],
    [`${end}_as_name`, 'text', '', `Its name in that file, at most 200 characters.`, maybe],
    [
      `${end}_country`,
      'text',
      '',
      `The country of the ${what}'s address by ISO 3166, two letters, by the file of \`country\`; null for none.`,
      { ...maybe, plain: true },
    ],
  ]),
  ...ends.map(([end, what]): FieldRow => [
    `${end}_oui_name`,
    'text',
    '',
    `The manufacturer of the ${what}'s hardware address by IEEE's list; null for none.`,
    maybe,
  ]),
]);

/** What `label()` adds. */
export const [labelField] = fieldsOf('label', '', [
  [
    'label',
    'text',
    '',
    'The label of the rule of ground truth that matches the flow, or those of all with `|` between them; else the default, or null.',
    maybe,
  ],
]) as [Field];

/** The fields that stages from flows to flows add, behind the columns that came, in the order of those stages. */
export const stageFields: readonly Field[] = Object.freeze([...enrichFields, labelField]);
