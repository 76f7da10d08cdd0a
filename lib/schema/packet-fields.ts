import { directions, fieldsOf, type FieldRow } from './field.js';

function moments(suffix: string, unit: 'bytes' | 'ms', what: string, none: string): FieldRow[] {
  return directions.flatMap(([name, ofWhat]): FieldRow[] => [
    [`${name}_min_${suffix}`, 'int', unit, `Smallest ${what} of ${ofWhat}; 0 ${none}.`],
    [`${name}_mean_${suffix}`, 'float', unit, `Mean ${what} of ${ofWhat}, by Welford's running mean; 0 ${none}.`],
    [`${name}_stddev_${suffix}`, 'float', unit, `Sample standard deviation (divided by one less than the number of values) of the ${what} of ${ofWhat}; 0 for fewer than two values.`],
    [`${name}_max_${suffix}`, 'int', unit, `Largest ${what} of ${ofWhat}; 0 ${none}.`],
  ]);
}

const flags = ['syn', 'cwr', 'ece', 'urg', 'ack', 'psh', 'rst', 'fin'];

/** nfstream's 48 post-mortem statistics, in its order. */
export const statisticsFields = fieldsOf('statistics', 'nfstream', [
  ...moments('ps', 'bytes', 'packet size', 'without a packet'),
  ...moments('piat_ms', 'ms', 'gap between two packets, in whole units,', 'with fewer than two packets'),
  ...directions.flatMap(([name, ofWhat]) => flags.map((flag): FieldRow => [`${name}_${flag}_packets`, 'int', 'packets', `Number of TCP segments with ${flag.toUpperCase()} of ${ofWhat}.`])),
]);

/** The first packets of a flow, one after the other; `splt` says how many. */
export const spltFields = fieldsOf('splt', 'nfstream', [
  ['splt_direction', 'list', 'code', 'Directions of the first packets: 0 from source to destination, 1 back, -1 behind the last.', { list: { item: 'int8', size: 0 } }],
  ['splt_ps', 'list', 'bytes', 'Sizes of the first packets, as accountingMode says, at most 2^31 - 1; -1 behind the last.', { list: { item: 'int32', size: 0 } }],
  ['splt_piat_ms', 'list', 'ms', 'Gaps between each of the first packets and the one before it, 0 for the first packet; -1 behind the last. In milliseconds a gap over 24 days counts as 2^31 - 1.', { list: { item: 'int32', size: 0 } }],
]);
