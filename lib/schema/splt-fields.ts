import { fieldsOf, frozen } from './field.js';

/** The first packets of a flow, one after the other; `splt` says how many. */
export const spltFields = fieldsOf(
  'splt',
  'nfstream',
  [
    [
      'splt_direction',
      'list',
      'code',
      'Directions of the first packets: 0 from source to destination, 1 back, -1 behind the last.',
      { list: { item: 'int8', size: 0 } },
    ],
    [
      'splt_ps',
      'list',
      'bytes',
      'Sizes of the first packets, as accountingMode says, at most 2^31 - 1; -1 behind the last.',
      { list: { item: 'int32', size: 0 } },
    ],
    [
      'splt_piat_ms',
      'list',
      'ms',
      'Gaps between each of the first packets and the one before it, 0 for the first packet; -1 behind the last. In milliseconds a gap over 24 days counts as 2^31 - 1.',
      { list: { item: 'int32', size: 0 } },
    ],
  ],
  { ...frozen, merge: 'list' },
);
