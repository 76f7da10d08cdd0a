import type { Explanation, Formula } from './explained.js';

const allReferences = ['default', 'mode1', 'mode2', 'mode3', 'short'];
const longTimeouts = ['default', 'mode1', 'mode2', 'mode3'];
const forward = ['bidirectional_packets', 'bidirectional_bytes', 'src2dst_packets', 'src2dst_bytes'];
const backward = ['bidirectional_packets', 'bidirectional_bytes', 'dst2src_packets', 'dst2src_bytes'];
const fuzzed = 'fuzz-2006-09-29-28586.pcap';
const fuzzedTime = 'fuzz-2021-06-07-c6c72a0a56.v2.pcap';
const farFuture = 'dhcp_little_endian.pcapng';

/** Every known difference that shows in single captures. */
export const explanations: readonly Explanation[] = [
  { references: longTimeouts, capture: 'anydesk-2.pcap', rule: 'ipv4-length-0', differs: forward, flows: 1 },
  { references: ['short'], capture: 'anydesk-2.pcap', rule: 'ipv4-length-0', differs: forward, flows: 4 },
  { references: ['short'], capture: 'anydesk-2.pcap', rule: 'ipv4-length-0', differs: backward, flows: 1 },
  { references: allReferences, capture: 'anydesk.pcapng', rule: 'ipv4-length-0', differs: forward, flows: 1 },
  { references: allReferences, capture: 'ajp.pcap', rule: 'ethertype', differs: 'missing', flows: 2, where: { dst_ip: '0.7.8.0', protocol: 80 } },
  // The packets of those two are in the flow that FabricPath carries.
  { references: allReferences, capture: 'ajp.pcap', rule: 'ethertype', differs: 'changed', flows: 1, where: { src_ip: '172.29.9.146', src_port: 38856 } },
  {
    references: allReferences,
    capture: fuzzed,
    rule: 'ethertype',
    differs: 'changed',
    flows: 1,
    where: { src_ip: '172.20.3.5', src_port: 2600, dst_port: 80 },
  },
  {
    references: allReferences,
    capture: fuzzed,
    rule: 'ethertype',
    differs: 'changed',
    flows: 1,
    where: { src_ip: '172.20.3.5', src_port: 2601, dst_port: 80 },
  },
  {
    references: allReferences,
    capture: fuzzed,
    rule: 'ethertype',
    differs: 'changed',
    flows: 1,
    where: { src_ip: '172.20.3.5', src_port: 2608, dst_port: 80 },
  },
  { references: allReferences, capture: fuzzed, rule: 'ethertype', differs: 'missing', flows: 1, where: { dst_ip: '76.20.3.5', dst_port: 2602 } },
  { references: allReferences, capture: 'capwap.pcap', rule: 'capwap', differs: 'missing', flows: 7, where: { tunnel_id: 2 } },
  { references: longTimeouts, capture: 'capwap.pcap', rule: 'capwap', differs: 'extra', flows: 1, where: { tunnel_id: 0, src_port: 12380, dst_port: 5247 } },
  { references: ['short'], capture: 'capwap.pcap', rule: 'capwap', differs: 'extra', flows: 32, where: { tunnel_id: 0, src_port: 12380, dst_port: 5247 } },
  { references: allReferences, capture: farFuture, rule: 'time-range', differs: 'changed', flows: 2, where: { protocol: 17 } },
  { references: ['short'], capture: farFuture, rule: 'time-range', differs: 'missing', flows: 2, where: { protocol: 17 } },
  // In the same packet the length on the wire has 32 bits, of which nfstream keeps 16; the other modes take sizes from the IP header.
  { references: allReferences, capture: fuzzedTime, rule: 'pcap-fraction', differs: 'changed', flows: 1, where: { src_ip: '102.110.128.32', src_port: 2152 } },
];

const directions = ['bidirectional', 'src2dst', 'dst2src'] as const;

/** Every known difference that follows a formula. */
export const formulas: readonly Formula[] = [
  {
    references: ['mode1'],
    rule: 'ipv6-header',
    // nfstream up to 6.5.4 takes the payload length for the size of the packet: 40 bytes of header are missing in each. 6.6.0 counts them as we do.
    holds: ({ reference, ours, differs }) =>
      reference['ip_version'] === 6 &&
      differs.every((column) => column.endsWith('_bytes')) &&
      directions.every((name) => Number(ours[`${name}_bytes`]) - Number(reference[`${name}_bytes`]) === 40 * Number(reference[`${name}_packets`])),
  },
];
