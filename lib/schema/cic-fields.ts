import { directions, fieldsOf, frozen, type Field, type FieldRow } from './field.js';

const payload = directions.flatMap(([name, ofWhat]): FieldRow[] => [
  [
    `${name}_payload_bytes`,
    'int',
    'bytes',
    `Bytes of TCP, UDP, ICMP or ICMPv6 payload of ${ofWhat}, by their headers, whatever accountingMode says.`,
    { merge: 'sum' },
  ],
  [`${name}_min_payload_ps`, 'int', 'bytes', `Smallest payload of ${ofWhat}, also 0; 0 without a packet.`, { merge: 'least' }],
  [`${name}_mean_payload_ps`, 'float', 'bytes', `Mean payload of ${ofWhat}, those without any included; 0 without a packet.`],
  [
    `${name}_stddev_payload_ps`,
    'float',
    'bytes',
    `Sample standard deviation (divided by one less than the number of values) of the payload of ${ofWhat}; 0 for fewer than two.`,
  ],
  [`${name}_max_payload_ps`, 'int', 'bytes', `Largest payload of ${ofWhat}; 0 without a packet.`, { merge: 'max' }],
]);

const bulk = 'four or more packets with payload one way, none with payload the other way between them, each at most a second after the one before';

const ways = directions.slice(1).flatMap(([name, ofWhat]): FieldRow[] => [
  [`${name}_bulks`, 'int', '', `Bulks among ${ofWhat}: ${bulk}.`],
  [`${name}_bulk_packets`, 'int', 'packets', `Packets with payload in the bulks of ${ofWhat}.`],
  [`${name}_bulk_bytes`, 'int', 'bytes', `Bytes of payload in the bulks of ${ofWhat}.`],
  [`${name}_bulk_duration_ms`, 'int', 'ms', `Sum of the times from the first to the last packet of each bulk of ${ofWhat}, in whole units.`],
  [`${name}_transport_header_bytes`, 'int', 'bytes', `Bytes of the headers of TCP (with options), UDP, ICMP or ICMPv6 of ${ofWhat}.`, { merge: 'sum' }],
  [`${name}_min_transport_header_bytes`, 'int', 'bytes', `Smallest header of TCP, UDP, ICMP or ICMPv6 of ${ofWhat}; 0 without a packet.`, { merge: 'least' }],
  [
    `${name}_first_window`,
    'int',
    'bytes',
    `Window in the first TCP segment of ${ofWhat}, as it stands there, whether it is a SYN or not; null without one.`,
    { nullable: true, narrow: 'uint16', merge: 'found' },
  ],
]);

/** What CICFlowMeter's features need besides the columns that other options add. */
export const cicFields: readonly Field[] = fieldsOf(
  'cic',
  'CICFlowMeter',
  [...payload, ...ways, ['subflows', 'int', '', 'Parts of the flow between gaps that are longer than a second: one more than there are such gaps.']],
  { merge: 'none', ...frozen },
);
