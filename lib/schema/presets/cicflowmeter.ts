const piat = (way: string): string[] => ['min', 'mean', 'stddev', 'max'].map((of) => `${way}_${of}_piat_ms`);

/** What CICFlowMeter's files are made from, in this order: whose flow it is, its times and counts, and its features. */
export const cicNames: readonly string[] = Object.freeze([
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'bidirectional_first_seen_ms',
  'bidirectional_duration_ms',
  'src2dst_duration_ms',
  'dst2src_duration_ms',
  'src2dst_packets',
  'dst2src_packets',
  ...['bidirectional', 'src2dst', 'dst2src'].flatMap(piat),
  ...['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'cwr', 'ece'].map((flag) => `bidirectional_${flag}_packets`),
  ...['src2dst', 'dst2src'].flatMap((way) => [`${way}_psh_packets`, `${way}_urg_packets`]),
  'src2dst_payload_packets',
  ...['bidirectional', 'src2dst', 'dst2src'].flatMap((way) => [
    `${way}_payload_bytes`,
    ...['min', 'mean', 'stddev', 'max'].map((of) => `${way}_${of}_payload_ps`),
  ]),
  ...['src2dst', 'dst2src'].flatMap((way) =>
    ['bulks', 'bulk_packets', 'bulk_bytes', 'bulk_duration_ms', 'transport_header_bytes', 'min_transport_header_bytes', 'first_window'].map(
      (what) => `${way}_${what}`,
    ),
  ),
  'subflows',
  ...['active', 'idle'].flatMap((what) => ['min', 'mean', 'stddev', 'max'].map((of) => `${of}_${what}_ms`)),
]);
