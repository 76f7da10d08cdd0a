import { directions, fieldsOf, frozen, type FieldRow } from './field.js';

const nullable = { nullable: true } as const;

const rates = fieldsOf(
  'rates',
  'CICFlowMeter',
  directions.flatMap(([name, ofWhat]): FieldRow[] => [
    [
      `${name}_bytes_per_second`,
      'float',
      'bytes/s',
      `Bytes (${name}_bytes) divided by the seconds between the first and the last of ${ofWhat}; null where that is 0.`,
      nullable,
    ],
    [
      `${name}_packets_per_second`,
      'float',
      'packets/s',
      `Packets (${name}_packets) divided by the seconds between the first and the last of ${ofWhat}; null where that is 0.`,
      nullable,
    ],
  ]),
  { ...frozen, merge: 'rate' },
);

function periods(name: string, what: string): FieldRow[] {
  return [
    [`min_${name}_ms`, 'int', 'ms', `Shortest ${what}; null without one.`, nullable],
    [`mean_${name}_ms`, 'float', 'ms', `Mean length of ${what}s; null without one.`, nullable],
    [
      `stddev_${name}_ms`,
      'float',
      'ms',
      `Sample standard deviation (divided by one less than their number) of the lengths of ${what}s; 0 for a single one, null without one.`,
      nullable,
    ],
    [`max_${name}_ms`, 'int', 'ms', `Longest ${what}; null without one.`, nullable],
  ];
}

const activity = fieldsOf(
  'activity',
  'CICFlowMeter',
  [
    ...periods(
      'active',
      'active period (packets in both directions that follow each other within activityTimeout, from the first to the last of them; a single packet is none)',
    ),
    ...periods('idle', 'idle period (a gap of the flow that is longer than activityTimeout)'),
  ],
  { ...frozen, merge: 'period' },
);

const sides = [
  ['src2dst', 'source to destination'],
  ['dst2src', 'destination to source'],
] as const;

const payload = sides.flatMap(([name, way]) => [
  ...fieldsOf(
    'payloadBytes',
    '',
    [
      [
        `${name}_payload`,
        'text',
        '',
        `The first payloadBytes bytes of TCP, UDP, ICMP or ICMPv6 payload from ${way}, as captured, in the order of the packets (repeated ones included), in hex; empty without any.`,
        { plain: true },
      ],
    ],
    { ...frozen, merge: 'prefix' },
  ),
  ...fieldsOf(
    'payloadEntropy',
    'Shannon',
    [
      [
        `${name}_payload_entropy`,
        'float',
        'bits/byte',
        `Entropy of the byte values of the first entropyBytes payload bytes from ${way} (as payloadBytes takes them): the sum of -p log2 p over the shares p of the values, 0 to 8; null without any payload.`,
        nullable,
      ],
    ],
    { ...frozen, merge: 'entropy' },
  ),
]);

/** How a flow behaves. */
export const profileFields = [...rates, ...activity, ...payload];
