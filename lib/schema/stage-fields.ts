import { fieldsOf, maybe, type Field } from './field.js';

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
export const stageFields: readonly Field[] = Object.freeze([labelField]);
