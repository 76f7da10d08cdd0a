/** How a column is stored: 64-bit signed integers, 64-bit floats, or UTF-8 text. */
export type FieldType = 'int' | 'float' | 'text';

/** One row of the table of flow fields. */
export interface Field {
  /** Name in files, snake_case: nfstream's own where nfstream has the column. */
  readonly name: string;
  readonly type: FieldType;
  /** Unit of the value; '' for names, numbers that count nothing, and text. */
  readonly unit: '' | 'ms' | 'packets' | 'bytes' | 'flag' | 'code';
  /** Which part of the options brings the column: always, with `decodeTunnels`, with `statistics`, with `dissections` over 0, with `endReason`, or only in the classic preset. */
  readonly when: 'always' | 'tunnels' | 'statistics' | 'labels' | 'endReason' | 'classic';
  /** One sentence: what the value is, and its value where it does not apply. */
  readonly meaning: string;
  /** The engine's column, where it has another name than the field. */
  readonly column?: string;
  /** Text that is made by us from letters, digits, `.`, `:`, `-` and `_` only: it never needs quoting or escaping. */
  readonly plain?: true;
  /** May be null. Columns that nfstream has are never null. */
  readonly nullable?: true;
}

type Row = [name: string, type: FieldType, unit: Field['unit'], when: Field['when'], meaning: string, extra?: Pick<Field, 'column' | 'plain'>];

const plain = { plain: true } as const;

const directions: [name: string, ofWhat: string, absent: string][] = [
  ['bidirectional', 'the flow', ''],
  ['src2dst', 'the packets from source to destination', ''],
  ['dst2src', 'the packets from destination to source', '; 0 when there is none'],
];

/** nfstream's 48 post-mortem statistics, in its order. */
function statisticsRows(): Row[] {
  const moments = (suffix: string, unit: Field['unit'], what: string, none: string): Row[] =>
    directions.flatMap(([name, ofWhat]): Row[] => [
      [`${name}_min_${suffix}`, 'int', unit, 'statistics', `Smallest ${what} of ${ofWhat}; 0 ${none}.`],
      [`${name}_mean_${suffix}`, 'float', unit, 'statistics', `Mean ${what} of ${ofWhat}, by Welford's running mean; 0 ${none}.`],
      [`${name}_stddev_${suffix}`, 'float', unit, 'statistics', `Sample standard deviation (divided by one less than the number of values) of the ${what} of ${ofWhat}; 0 for fewer than two values.`],
      [`${name}_max_${suffix}`, 'int', unit, 'statistics', `Largest ${what} of ${ofWhat}; 0 ${none}.`],
    ]);
  const flags = ['syn', 'cwr', 'ece', 'urg', 'ack', 'psh', 'rst', 'fin'];
  return [
    ...moments('ps', 'bytes', 'packet size', 'without a packet'),
    ...moments('piat_ms', 'ms', 'gap between two packets, in whole milliseconds,', 'with fewer than two packets'),
    ...directions.flatMap(([name, ofWhat]) => flags.map((flag): Row => [`${name}_${flag}_packets`, 'int', 'packets', 'statistics', `Number of TCP segments with ${flag.toUpperCase()} of ${ofWhat}.`])),
  ];
}

/** Every field that is not only in the classic preset, in the order of nfstream's columns. */
const nfstreamRows: Row[] = [
  ['id', 'int', '', 'always', 'Number of the flow in the order in which flows end, from 0 over the whole run.'],
  ['expiration_id', 'int', 'code', 'always', 'Why the flow ended: 0 idle timeout or end of the source, 1 active timeout, 2 capacity.'],
  ['src_ip', 'text', '', 'always', 'Address of the sender of the first packet, in the form of RFC 5952.', plain],
  ['src_mac', 'text', '', 'always', "Hardware address of the first packet's sender; 00:00:00:00:00:00 where the link has none.", plain],
  ['src_oui', 'text', '', 'always', 'First three bytes of src_mac: the manufacturer.', plain],
  ['src_port', 'int', '', 'always', 'Port of the sender of the first packet; 0 for protocols without ports.'],
  ['dst_ip', 'text', '', 'always', 'Address of the receiver of the first packet.', plain],
  ['dst_mac', 'text', '', 'always', "Hardware address of the first packet's receiver.", plain],
  ['dst_oui', 'text', '', 'always', 'First three bytes of dst_mac: the manufacturer.', plain],
  ['dst_port', 'int', '', 'always', 'Port of the receiver of the first packet; 0 for protocols without ports.'],
  ['protocol', 'int', 'code', 'always', 'IP protocol number (6 TCP, 17 UDP, ...), after IPv6 extension headers.'],
  ['ip_version', 'int', '', 'always', 'Version of the Internet Protocol: 4 or 6.'],
  ['vlan_id', 'int', '', 'always', 'Innermost 802.1Q VLAN; 0 without one.'],
  ['tunnel_id', 'int', 'code', 'tunnels', 'Kind of tunnel the flow is in: 0 none, 1 GTP-U, 2 CAPWAP, 3 TZSP.'],
  ...directions.flatMap(([name, ofWhat, absent]): Row[] => [
    [`${name}_first_seen_ms`, 'int', 'ms', 'always', `Time of the first packet of ${ofWhat}, since the epoch${absent}.`],
    [`${name}_last_seen_ms`, 'int', 'ms', 'always', `Time of the last packet of ${ofWhat}, since the epoch${absent}.`],
    [`${name}_duration_ms`, 'int', 'ms', 'always', `Last minus first of ${ofWhat}; 0 for a single packet.`],
    [`${name}_packets`, 'int', 'packets', 'always', `Number of packets of ${ofWhat}.`],
    [`${name}_bytes`, 'int', 'bytes', 'always', `Size of ${ofWhat}, as accountingMode says: by default the length on the wire, frame headers included.`],
  ]),
  ...statisticsRows(),
  ['application_name', 'text', '', 'labels', "nDPI's label: `Master.App` where both are known and differ, else the known one, `Unknown` without one."],
  ['application_category_name', 'text', '', 'labels', "nDPI's category of the application; `Unspecified` without one."],
  ['application_is_guessed', 'int', 'flag', 'labels', '1 when the label was guessed (from ports, addresses or earlier flows) because dissection ended without one.'],
  ['application_confidence', 'int', 'code', 'labels', 'How the label was found: 0 not, 1 port, 2 nBPF rule, 3 partial DPI, 4 partial DPI from a cache, 5 DPI from a cache, 6 DPI, 7 IP address, from 100 others of nDPI.'],
  ['requested_server_name', 'text', '', 'labels', 'Name that the client asked for: TLS or QUIC SNI, HTTP host, DNS question, DHCP host name, ...; empty without one.'],
  ['client_fingerprint', 'text', '', 'labels', "JA3 of a TLS or QUIC client, HASSH of an SSH client, a DHCP client's option 55; empty without one."],
  ['server_fingerprint', 'text', '', 'labels', 'JA3S of a TLS server, HASSH of an SSH server; empty without one.'],
  ['user_agent', 'text', '', 'labels', 'User agent of HTTP or QUIC; empty without one.'],
  ['content_type', 'text', '', 'labels', 'Content type of the HTTP response; empty without one.'],
  ['end_reason', 'text', '', 'endReason', 'Why the flow ended: `idle`, `active`, `end` (of the source) or `capacity`.', plain],
];

const classicRows: Row[] = [
  ['ip_src', 'text', '', 'classic', 'As src_ip.', { column: 'src_ip', plain: true }],
  ['src_port', 'int', '', 'classic', 'Port of the sender of the first packet; 0 for protocols without ports.'],
  ['ip_dst', 'text', '', 'classic', 'As dst_ip.', { column: 'dst_ip', plain: true }],
  ['dst_port', 'int', '', 'classic', 'Port of the receiver of the first packet; 0 for protocols without ports.'],
  ['ip_protocol', 'int', 'code', 'classic', 'As protocol.', { column: 'protocol' }],
  ['src_to_dst_pkts', 'int', 'packets', 'classic', 'As src2dst_packets.', { column: 'src2dst_packets' }],
  ['dst_to_src_pkts', 'int', 'packets', 'classic', 'As dst2src_packets.', { column: 'dst2src_packets' }],
  ['src_to_dst_bytes', 'int', 'bytes', 'classic', 'As src2dst_bytes.', { column: 'src2dst_bytes' }],
  ['dst_to_src_bytes', 'int', 'bytes', 'classic', 'As dst2src_bytes.', { column: 'dst2src_bytes' }],
  ['application_name', 'text', '', 'classic', "nDPI's label, always in both parts: `TLS.Facebook`, `Unknown.DNS`, `Unknown.Unknown`.", { column: 'application_pair' }],
  ['category_name', 'text', '', 'classic', 'As application_category_name.', { column: 'application_category_name' }],
  ['start_time', 'float', 'ms', 'classic', 'Time of the first packet since the epoch, with its fraction down to a microsecond.', { column: 'start_time' }],
  ['end_time', 'float', 'ms', 'classic', 'Time of the last packet since the epoch, with its fraction down to a microsecond.', { column: 'end_time' }],
  ['export_reason', 'int', 'code', 'classic', 'Why the flow ended: 0 idle timeout, 1 active timeout, 2 end of the source, 3 capacity.', { column: 'export_reason' }],
];

function toField([name, type, unit, when, meaning, extra]: Row): Field {
  return Object.freeze({ name, type, unit, when, meaning, ...extra });
}

/** The table of flow fields: the columns of nfstream 6, in its order, then ours. */
export const fields: readonly Field[] = Object.freeze(nfstreamRows.map(toField));

/** The 14 fields of nfstream's first releases (v0.5 to v1.1), in their order. */
export const classicFields: readonly Field[] = Object.freeze(classicRows.map(toField));

/** The sets of fields that `features` can name. */
export const presets = Object.freeze(['nfstream', 'classic'] as const);

/** A set of fields that `features` can name. */
export type Preset = (typeof presets)[number];

/** What decides which fields a run has. */
export interface FieldChoice {
  features: Preset;
  decodeTunnels: boolean;
  /** Whether nDPI is on (`dissections` is over 0). */
  labels: boolean;
  endReason: boolean;
  statistics: boolean;
}

const labelColumns = new Set([...fields.filter((field) => field.when === 'labels').map((field) => field.name), 'application_pair']);

/** The fields that a run has, in order. */
export function chooseFields(choice: FieldChoice): readonly Field[] {
  const chosen: Record<Field['when'], boolean> = {
    always: true,
    tunnels: choice.decodeTunnels,
    statistics: choice.statistics,
    labels: choice.labels,
    endReason: choice.endReason,
    classic: true,
  };
  const table = choice.features === 'classic' ? [...classicFields, ...fields.filter((field) => field.when === 'endReason')] : fields;
  return table.filter((field) => chosen[field.when] && (choice.labels || !labelColumns.has(field.column ?? field.name)));
}

/** The property of a `Flow` for a column of a file: `src2dst_first_seen_ms` is `src2dstFirstSeenMs`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
