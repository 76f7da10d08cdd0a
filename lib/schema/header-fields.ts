import { directions, fieldsOf, frozen, maybe, type FieldRow } from './field.js';

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

/** The stacks of tags around a flow. */
export const tagFields = fieldsOf(
  'tags',
  'IEEE 802.1Q, RFC 3032',
  [
    [
      'vlan_ids',
      'text',
      '',
      "Every 802.1Q VLAN around the flow's first packet from the outside in, those outside of tunnels too, a `;` between two, at most 8; null without one.",
      maybe,
    ],
    ['mpls_labels', 'text', '', "Every MPLS label around the flow's first packet from the outside in, a `;` between two, at most 8; null without one.", maybe],
  ],
  { merge: 'first' },
);

/** IP fragments, by direction. */
export const fragmentFields = fieldsOf(
  'ipFragments',
  'RFC 791, RFC 8200',
  ways.map(([name, ofWhat]): FieldRow => [
    `${name}_ip_fragments`,
    'int',
    'packets',
    `Packets of ${ofWhat} that are IP fragments. With fragments: 'ignore' only the first fragment of a packet is in a flow.`,
    { merge: 'sum' },
  ]),
  frozen,
);

/** The class of service, by direction. */
export const dscpFields = fieldsOf(
  'dscp',
  'RFC 2474',
  ways.map(([name, ofWhat]): FieldRow => [
    `${name}_ip_dscp`,
    'int',
    'code',
    `Differentiated services code point of the first of ${ofWhat}, 0 to 63, in the innermost IP header; null when there is none.`,
    { nullable: true, narrow: 'uint8', merge: 'found' },
  ]),
  frozen,
);

/** What of a flow is headers and what is not, by direction. */
export const headerSumFields = fieldsOf(
  'headers',
  '',
  ways.flatMap(([name, ofWhat]): FieldRow[] => [
    [
      `${name}_header_bytes`,
      'int',
      'bytes',
      `Bytes of headers of ${ofWhat}: of the innermost IP header with its options or extensions, and of the header of TCP, UDP, ICMP or ICMPv6 with its options.`,
    ],
    [
      `${name}_payload_packets`,
      'int',
      'packets',
      `Packets of ${ofWhat} that have TCP, UDP, ICMP or ICMPv6 payload, by their headers; a later fragment that has any bytes is one.`,
    ],
  ]),
  { ...frozen, merge: 'sum' },
);
