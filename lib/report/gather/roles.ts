/** A column of a batch of flows: numbers, or texts in UTF-8 (row i is `bytes` from `offsets[i]` to `offsets[i + 1]`). `valid` has one byte a row, 0 for null. */
export type ReadColumn =
  | { readonly type: 'int'; readonly halves: Int32Array; readonly valid: Uint8Array | null }
  | { readonly type: 'float'; readonly values: ArrayLike<number>; readonly valid: Uint8Array | null }
  | { readonly type: 'text'; readonly offsets: Int32Array; readonly bytes: Uint8Array; readonly valid: Uint8Array | null };

/** Finds a column by its name in files. */
export type ColumnFinder = (name: string) => ReadColumn | null;

/** The columns that tell what the figures show: the first set that is there is meant, and a number is the sum of its set. nfstream's first releases have other names. */
export const roles = {
  bytes: [['bidirectional_bytes'], ['src_to_dst_bytes', 'dst_to_src_bytes']],
  packets: [['bidirectional_packets'], ['src_to_dst_pkts', 'dst_to_src_pkts']],
  first: [['bidirectional_first_seen_ms'], ['bidirectional_first_seen_us'], ['bidirectional_first_seen_ns'], ['start_time']],
  last: [['bidirectional_last_seen_ms'], ['bidirectional_last_seen_us'], ['bidirectional_last_seen_ns'], ['end_time']],
  application: [['application_name']],
  category: [['application_category_name'], ['category_name']],
  source: [['src_ip'], ['ip_src']],
  destination: [['dst_ip'], ['ip_dst']],
  protocol: [['protocol'], ['ip_protocol']],
  port: [['dst_port']],
  tcpState: [['tcp_state']],
  retransmissions: [['src2dst_retransmissions', 'dst2src_retransmissions']],
  tlsVersion: [['tls_version']],
  ja4: [['ja4']],
  serverName: [['requested_server_name']],
  dnsName: [['dns_query']],
  dnsCode: [['dns_response_code']],
  risks: [['risks']],
  riskScore: [['risk_score']],
} as const satisfies Record<string, readonly (readonly string[])[]>;

/** What a column tells. */
export type Role = keyof typeof roles;

/** Columns that stand in the table of flows besides, where they are there. */
const shown = [
  'id',
  'src_port',
  'src2dst_packets',
  'src2dst_bytes',
  'dst2src_packets',
  'dst2src_bytes',
  'bidirectional_duration_ms',
  'bidirectional_duration_us',
  'bidirectional_duration_ns',
  'tls_alpn',
  'http_status',
  'source_file',
  'end_reason',
];

/** The names of all columns that the figures and the table of flows can show. */
export const readNames: ReadonlySet<string> = new Set([...Object.values(roles).flatMap((sets) => sets.flat() as string[]), ...shown]);

/** What times and durations are divided by to give milliseconds, by the ending of a column's name. */
const perMillisecond: Readonly<Record<string, number>> = { _us: 1e3, _ns: 1e6 };

/** The columns of a role, and what their values are divided by. */
export function columnsFor(role: Role, find: ColumnFinder): { columns: readonly ReadColumn[]; divisor: number } | null {
  for (const set of roles[role]) {
    const columns = set.map(find);
    if (columns.every((column) => column !== null)) return { columns, divisor: perMillisecond[set[0].slice(-3)] ?? 1 };
  }
  return null;
}

/** Rows `from` to `to` (exclusive) of a column as numbers; NaN for null. Text, as times may be, is read as a date. */
export function numbersOf(column: ReadColumn, from: number, to: number): Float64Array {
  const numbers = new Float64Array(to - from);
  const { valid } = column;
  if (column.type === 'int') {
    const { halves } = column;
    for (let row = from; row < to; row++) numbers[row - from] = halves[2 * row + 1]! * 4294967296 + (halves[2 * row]! >>> 0);
  } else if (column.type === 'float') {
    for (let row = from; row < to; row++) numbers[row - from] = column.values[row]!;
  } else {
    for (let row = from; row < to; row++) numbers[row - from] = dateOf(column.bytes.subarray(column.offsets[row], column.offsets[row + 1]));
  }
  if (valid !== null) for (let row = from; row < to; row++) if (valid[row] === 0) numbers[row - from] = NaN;
  return numbers;
}

const decoder = new TextDecoder();

function dateOf(bytes: Uint8Array): number {
  return bytes.length > 40 ? NaN : Date.parse(decoder.decode(bytes));
}
