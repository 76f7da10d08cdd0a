import { directions, fieldsOf, frozen, type FieldRow } from './field.js';

const ways = directions.slice(1);

/** Time to live, by direction. */
export const ttlFields = fieldsOf(
  'ttl',
  'RFC 791, RFC 8200',
  ways.flatMap(([name, ofWhat]): FieldRow[] => [
    [
      `${name}_min_ttl`,
      'int',
      '',
      `Smallest time to live (IPv4) or hop limit (IPv6) of ${ofWhat}, in the innermost IP header; null when there is none.`,
      { nullable: true, narrow: 'uint8', merge: 'min' },
    ],
    [
      `${name}_max_ttl`,
      'int',
      '',
      `Largest time to live or hop limit of ${ofWhat}; null when there is none.`,
      { nullable: true, narrow: 'uint8', merge: 'max' },
    ],
  ]),
  frozen,
);

/** What an ICMP flow is about. */
export const icmpFields = fieldsOf(
  'icmp',
  'RFC 792, RFC 4443',
  [
    ['icmp_type', 'int', 'code', "Type of the flow's first ICMP or ICMPv6 message; null for other protocols.", { nullable: true, narrow: 'uint8' }],
    ['icmp_code', 'int', 'code', "Code of the flow's first ICMP or ICMPv6 message; null for other protocols.", { nullable: true, narrow: 'uint8' }],
  ],
  { merge: 'first' },
);
