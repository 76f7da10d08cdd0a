import { expect } from 'chai';
import { camelCase, chooseFields, classicFields, fields } from '../../lib/schema/fields.js';
import { native } from '../../lib/native.js';

// The columns of nfstream 6.5.4 with its default options, in its order.
const nfstreamColumns = `id expiration_id src_ip src_mac src_oui src_port dst_ip dst_mac dst_oui dst_port protocol ip_version vlan_id tunnel_id
  bidirectional_first_seen_ms bidirectional_last_seen_ms bidirectional_duration_ms bidirectional_packets bidirectional_bytes
  src2dst_first_seen_ms src2dst_last_seen_ms src2dst_duration_ms src2dst_packets src2dst_bytes
  dst2src_first_seen_ms dst2src_last_seen_ms dst2src_duration_ms dst2src_packets dst2src_bytes
  application_name application_category_name application_is_guessed application_confidence requested_server_name
  client_fingerprint server_fingerprint user_agent content_type`.split(/\s+/);

const directions = ['bidirectional', 'src2dst', 'dst2src'];
const moments = (suffix: string): string[] => directions.flatMap((name) => ['min', 'mean', 'stddev', 'max'].map((moment) => `${name}_${moment}_${suffix}`));
const flags = directions.flatMap((name) => ['syn', 'cwr', 'ece', 'urg', 'ack', 'psh', 'rst', 'fin'].map((flag) => `${name}_${flag}_packets`));

const classicColumns = `ip_src src_port ip_dst dst_port ip_protocol src_to_dst_pkts dst_to_src_pkts src_to_dst_bytes dst_to_src_bytes
  application_name category_name start_time end_time export_reason`.split(/\s+/);

const cases: [what: string, choice: Parameters<typeof chooseFields>[0], names: string[]][] = [
  ['the defaults', { features: 'nfstream', decodeTunnels: true, labels: true, endReason: false, statistics: false }, nfstreamColumns],
  ['without tunnels', { features: 'nfstream', decodeTunnels: false, labels: true, endReason: false, statistics: false }, nfstreamColumns.filter((name) => name !== 'tunnel_id')],
  ['without labels', { features: 'nfstream', decodeTunnels: true, labels: false, endReason: false, statistics: false }, nfstreamColumns.slice(0, 29)],
  ['with the end reason', { features: 'nfstream', decodeTunnels: true, labels: false, endReason: true, statistics: false }, [...nfstreamColumns.slice(0, 29), 'end_reason']],
  [
    'the statistics between the core and the labels',
    { features: 'nfstream', decodeTunnels: true, labels: true, endReason: false, statistics: true },
    [...nfstreamColumns.slice(0, 29), ...moments('ps'), ...moments('piat_ms'), ...flags, ...nfstreamColumns.slice(29)],
  ],
  ['the classic set', { features: 'classic', decodeTunnels: true, labels: true, endReason: false, statistics: false }, classicColumns],
  ['the classic set without labels', { features: 'classic', decodeTunnels: true, labels: false, endReason: false, statistics: false }, classicColumns.filter((name) => !/application|category/.test(name))],
];

describe('the table of fields', () => {
  for (const [what, choice, names] of cases) {
    it(`has ${what}`, () => {
      expect(chooseFields(choice).map((field) => field.name)).to.deep.equal(names);
    });
  }

  it('names only columns that the engine has, with its types, and none of the engine is missing', () => {
    const engine = new Map(native.columns().map((column) => [column.name, column.type]));
    const table = new Map([...fields, ...classicFields].map((field) => [field.column ?? field.name, field.type]));
    expect(Object.fromEntries(table)).to.deep.equal(Object.fromEntries(engine));
  });

  it('gives every field a meaning', () => {
    for (const field of [...fields, ...classicFields]) expect(field.meaning, field.name).to.match(/^[A-Zn0-9].{5,}\.$/s);
  });

  const names: [file: string, property: string][] = [
    ['id', 'id'],
    ['src_ip', 'srcIp'],
    ['src2dst_first_seen_ms', 'src2dstFirstSeenMs'],
    ['bidirectional_min_ps', 'bidirectionalMinPs'],
  ];
  for (const [file, property] of names) {
    it(`calls ${file} ${property}`, () => {
      expect(camelCase(file)).to.equal(property);
    });
  }
});
