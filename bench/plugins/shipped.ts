import { dhcp, mdns, slicer, splt, wavelet } from '../../lib/index.js';
import type { Row } from '../parity/match.js';

/** A plugin of nfstream, and ours that stands for it. */
export interface Case {
  readonly name: string;
  /** As bench/peers/nfstream_shipped_plugins.py is asked for it. */
  readonly theirs: string;
  /** Options of `aggregate()`, with plugins of their own in each run. */
  readonly options: () => Readonly<Record<string, unknown>>;
  /** What both keep. */
  readonly columns: readonly string[];
  /** nfstream's flow with its values as ours has them. */
  readonly normal: (row: Row) => Row;
}

const levels = 6;
const waveletColumns = ['f', 'b'].flatMap((way) =>
  ['p', 'u', 'sigma', 'S'].flatMap((feature) => Array.from({ length: levels + 1 }, (_, k) => `${way}_${feature}_k_${k}`)),
);

const joined = (list: unknown): string | null => (Array.isArray(list) && list.length > 0 ? list.join() : null);
const same = (row: Row): Row => row;

export const cases: readonly Case[] = [
  { name: 'slicer 1', theirs: 'slicer:1', options: () => ({ plugins: [slicer({ packets: 1 })] }), columns: [], normal: same },
  { name: 'slicer 4', theirs: 'slicer:4', options: () => ({ plugins: [slicer({ packets: 4 })] }), columns: [], normal: same },
  {
    name: 'splt',
    theirs: 'splt:10',
    options: () => ({ plugins: [splt({ packets: 10 })] }),
    columns: ['packet_directions', 'packet_sizes', 'packet_piat_ms'],
    normal: (row) => ({ ...row, packet_directions: row['splt_direction'], packet_sizes: row['splt_ps'], packet_piat_ms: row['splt_piat_ms'] }),
  },
  {
    name: 'dhcp',
    theirs: 'dhcp',
    options: () => ({ plugins: [dhcp()] }),
    columns: ['dhcp_12', 'dhcp_50', 'dhcp_55', 'dhcp_57', 'dhcp_60', 'dhcp_77', 'dhcp_options', 'dhcp_addr', 'dhcp_msg_type', 'dhcp_oui'],
    normal: (row) => ({
      ...row,
      dhcp_options: joined(row['dhcp_options']),
      dhcp_msg_type: row['dhcp_msg_type'] === 0 ? null : row['dhcp_msg_type'] === 'NACK' ? 'NAK' : row['dhcp_msg_type'],
    }),
  },
  {
    name: 'mdns',
    theirs: 'mdns',
    options: () => ({ plugins: [mdns({ names: 10_000 })] }),
    columns: ['mdns_ptr'],
    normal: (row) => ({ ...row, mdns_ptr: joined(row['mdns_ptr']) }),
  },
  { name: 'wavelet', theirs: `wavelet:${levels}`, options: () => ({ plugins: [wavelet({ levels })] }), columns: waveletColumns, normal: same },
];

/** Whether two values are the same, floats to nine digits: sums in another order end in other digits. */
export function sameNumber(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => item === b[index]);
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
  return a === b;
}

/** Captures in which flows themselves differ, whatever the plugin, by the rule of docs/differences.md that says why. */
const flowRules: Readonly<Record<string, string>> = {
  'anydesk-2.pcap': 'ipv4-length-0',
  'anydesk.pcapng': 'ipv4-length-0',
  'ajp.pcap': 'ethertype',
  'fuzz-2006-09-29-28586.pcap': 'ethertype',
  'capwap.pcap': 'capwap',
  'someip_sd_sample.pcap': 'PPI',
  'dhcp_little_endian.pcapng': 'time-range',
  'fuzz-2021-06-07-c6c72a0a56.v2.pcap': 'pcap-fraction',
};

/** What explains that a flow itself differs; null when nothing does. */
export function flowDifferences(plugin: string, capture: string, { src_port: port }: Row): string | null {
  if (plugin === 'dhcp' && port === 67) return 'dhcp-answers';
  return flowRules[capture] ?? null;
}

/** What explains that a value differs; null when nothing does. */
export function explain(plugin: string, column: string, reference: Row, ours: Row): string | null {
  const more = reference[column] === null && ours[column] !== null;
  if (plugin === 'dhcp' && more && reference['dhcp_msg_type'] !== 'REQUEST' && ours['dhcp_options'] !== null) return 'dhcp-first-message';
  if (plugin === 'mdns' && more && reference['ip_version'] === 6) return 'mdns-ipv6';
  if (plugin === 'mdns' && more && typeof reference['unread'] === 'string' && reference['unread'].includes('RR type')) return 'mdns-record-types';
  return null;
}
