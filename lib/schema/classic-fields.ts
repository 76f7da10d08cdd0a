import { fieldsOf, frozen } from './field.js';

/** The 14 fields of nfstream's first releases (v0.5 to v1.1), in their order. */
export const classicFields = Object.freeze(
  fieldsOf('classic', 'nfstream 1', [
    ['ip_src', 'text', '', 'As src_ip.', { column: 'src_ip', plain: true, merge: 'first' }],
    ['src_port', 'int', '', 'Port of the sender of the first packet; 0 for protocols without ports.', { narrow: 'uint16', merge: 'first' }],
    ['ip_dst', 'text', '', 'As dst_ip.', { column: 'dst_ip', plain: true, merge: 'first' }],
    ['dst_port', 'int', '', 'Port of the receiver of the first packet; 0 for protocols without ports.', { narrow: 'uint16', merge: 'first' }],
    ['ip_protocol', 'int', 'code', 'As protocol.', { column: 'protocol', narrow: 'uint8', merge: 'first' }],
    ['src_to_dst_pkts', 'int', 'packets', 'As src2dst_packets.', { column: 'src2dst_packets', ...frozen, merge: 'sum' }],
    ['dst_to_src_pkts', 'int', 'packets', 'As dst2src_packets.', { column: 'dst2src_packets', ...frozen, merge: 'sum' }],
    ['src_to_dst_bytes', 'int', 'bytes', 'As src2dst_bytes.', { column: 'src2dst_bytes', ...frozen, merge: 'sum' }],
    ['dst_to_src_bytes', 'int', 'bytes', 'As dst2src_bytes.', { column: 'dst2src_bytes', ...frozen, merge: 'sum' }],
    [
      'application_name',
      'text',
      '',
      "nDPI's label, always in both parts: `TLS.Facebook`, `Unknown.DNS`, `Unknown.Unknown`.",
      { column: 'application_pair', merge: 'label' },
    ],
    ['category_name', 'text', '', 'As application_category_name.', { column: 'application_category_name', closed: true, merge: 'label' }],
    ['start_time', 'float', 'ms', 'Time of the first packet since the epoch, with its fraction down to a microsecond.', { merge: 'earliest' }],
    ['end_time', 'float', 'ms', 'Time of the last packet since the epoch, with its fraction down to a microsecond.', { ...frozen, merge: 'latest' }],
    [
      'export_reason',
      'int',
      'code',
      'Why the flow ended: 0 idle timeout, 1 active timeout, 2 end of the source, 3 capacity, 4 TCP FIN or RST, or what the plugin that ended it gave, 5 by default.',
      { narrow: 'int8', merge: 'end' },
    ],
  ]),
);
