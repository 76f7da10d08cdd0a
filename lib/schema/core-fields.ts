import { directions, fieldsOf, frozen, type FieldRow } from './field.js';

const plain = { plain: true } as const;
const port = { narrow: 'uint16' } as const;

/** Who talked to whom. */
const endpoints = fieldsOf(
  'always',
  'nfstream',
  [
    [
      'id',
      'int',
      '',
      'Number of the flow in the order in which flows end, from 0 over the whole run; -1 in a snapshot, of a flow that has not ended.',
      { merge: 'order' },
    ],
    [
      'expiration_id',
      'int',
      'code',
      'Why the flow ended: 0 idle timeout or end of the source, 1 active timeout, 2 capacity, 3 TCP FIN, 4 TCP RST, 5 a snapshot, -1 a plugin.',
      { narrow: 'int8', merge: 'end' },
    ],
    ['src_ip', 'text', '', 'Address of the sender of the first packet, in the form of RFC 5952.', plain],
    ['src_mac', 'text', '', "Hardware address of the first packet's sender; 00:00:00:00:00:00 where the link has none.", plain],
    ['src_oui', 'text', '', 'First three bytes of src_mac: the manufacturer.', plain],
    [
      'src_port',
      'int',
      '',
      'Port of the sender of the first packet; 0 for protocols without ports, and for SCTP, DCCP and UDP-Lite without transportPorts: all.',
      port,
    ],
    ['dst_ip', 'text', '', 'Address of the receiver of the first packet.', plain],
    ['dst_mac', 'text', '', "Hardware address of the first packet's receiver.", plain],
    ['dst_oui', 'text', '', 'First three bytes of dst_mac: the manufacturer.', plain],
    [
      'dst_port',
      'int',
      '',
      'Port of the receiver of the first packet; 0 for protocols without ports, and for SCTP, DCCP and UDP-Lite without transportPorts: all.',
      port,
    ],
    ['protocol', 'int', 'code', 'IP protocol number (6 TCP, 17 UDP, ...), after IPv6 extension headers.', { narrow: 'uint8' }],
    ['ip_version', 'int', '', 'Version of the Internet Protocol: 4 or 6.', { narrow: 'uint8' }],
    ['vlan_id', 'int', '', 'Innermost 802.1Q VLAN; 0 without one.', { narrow: 'uint16' }],
  ],
  { merge: 'first' },
);

const tunnels = fieldsOf(
  'tunnels',
  'nfstream',
  [
    [
      'tunnel_id',
      'int',
      'code',
      'Innermost tunnel that the flow is in: 0 none, 1 GTP-U, 2 CAPWAP, 3 TZSP, 4 L2TP, 5 VXLAN, 6 Geneve, 7 GRE, 8 Teredo.',
      { narrow: 'uint8' },
    ],
  ],
  { merge: 'first' },
);

/** What tells tenants apart; not a column of nfstream, so it stands behind those. */
export const networkFields = fieldsOf(
  'networks',
  'RFC 7348, RFC 8926',
  [['tunnel_vni', 'int', '', 'Number of the network that the innermost VXLAN or Geneve tunnel names; 0 without one.', { narrow: 'uint32' }]],
  { merge: 'first' },
);

/** When, and how much. */
const amounts = fieldsOf(
  'always',
  'nfstream',
  directions.flatMap(([name, ofWhat, absent]): FieldRow[] => [
    [`${name}_first_seen_ms`, 'int', 'ms', `Time of the first packet of ${ofWhat}, since the epoch${absent}.`, { time: 'ms', merge: 'earliest' }],
    [`${name}_last_seen_ms`, 'int', 'ms', `Time of the last packet of ${ofWhat}, since the epoch${absent}.`, { time: 'ms', merge: 'latest' }],
    [`${name}_duration_ms`, 'int', 'ms', `Last minus first of ${ofWhat}; 0 for a single packet.`, { merge: 'duration' }],
    [`${name}_packets`, 'int', 'packets', `Number of packets of ${ofWhat}.`],
    [`${name}_bytes`, 'int', 'bytes', `Size of ${ofWhat}, as accountingMode says: by default the length on the wire, frame headers included.`],
  ]),
  { ...frozen, merge: 'sum' },
);

/** The columns that every run has, and the one of tunnels. */
export const coreFields = [...endpoints, ...tunnels, ...amounts];
