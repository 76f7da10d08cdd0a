import { directions, fieldsOf, frozen, type FieldRow } from './field.js';
import type { FieldMerge } from './merge-rules.js';

type Rules = readonly [least: FieldMerge, mean: FieldMerge, deviation: FieldMerge, most: FieldMerge];

function moments(suffix: string, unit: 'bytes' | 'ms', what: string, none: string, [least, mean, deviation, most]: Rules): FieldRow[] {
  return directions.flatMap(([name, ofWhat]): FieldRow[] => [
    [`${name}_min_${suffix}`, 'int', unit, `Smallest ${what} of ${ofWhat}; 0 ${none}.`, { merge: least }],
    [`${name}_mean_${suffix}`, 'float', unit, `Mean ${what} of ${ofWhat}, by Welford's running mean; 0 ${none}.`, { merge: mean }],
    [
      `${name}_stddev_${suffix}`,
      'float',
      unit,
      `Sample standard deviation (divided by one less than the number of values) of the ${what} of ${ofWhat}; 0 for fewer than two values.`,
      { merge: deviation },
    ],
    [`${name}_max_${suffix}`, 'int', unit, `Largest ${what} of ${ofWhat}; 0 ${none}.`, { merge: most }],
  ]);
}

const flags = ['syn', 'cwr', 'ece', 'urg', 'ack', 'psh', 'rst', 'fin'];

/** nfstream's 48 post-mortem statistics, in its order. */
export const statisticsFields = fieldsOf(
  'statistics',
  'nfstream',
  [
    ...moments('ps', 'bytes', 'packet size', 'without a packet', ['least', 'mean', 'deviation', 'max']),
    ...moments('piat_ms', 'ms', 'gap between two packets, in whole units,', 'with fewer than two packets', [
      'least gap',
      'mean gap',
      'deviation of gaps',
      'most gap',
    ]),
    ...directions.flatMap(([name, ofWhat]) =>
      flags.map((flag): FieldRow => [
        `${name}_${flag}_packets`,
        'int',
        'packets',
        `Number of TCP segments with ${flag.toUpperCase()} of ${ofWhat}.`,
        { merge: 'sum' },
      ]),
    ),
  ],
  frozen,
);
