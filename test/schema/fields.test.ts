import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { native } from '../../lib/native.js';
import { zeekNames } from '../../lib/schema/presets/zeek.js';
import { chooseFields, type FieldChoice } from '../../lib/schema/choose-fields.js';
import { dissectedGroups } from '../../lib/schema/fact-fields.js';
import { basicPieceFields } from '../../lib/schema/piece-fields.js';
import { camelCase, classicFields, fields, type Field } from '../../lib/schema/fields.js';

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

const usual = { features: 'nfstream', decodeTunnels: true, dissections: 20, splt: 0, timeUnit: 'ms', timestamps: 'int' } as const;
const core = nfstreamColumns.slice(0, 29);
const labels = nfstreamColumns.slice(29);
const splt = ['splt_direction', 'splt_ps', 'splt_piat_ms'];

const cases: [what: string, choice: Partial<FieldChoice>, names: string[]][] = [
  ['the defaults', {}, nfstreamColumns],
  ['without tunnels', { decodeTunnels: false }, nfstreamColumns.filter((name) => name !== 'tunnel_id')],
  ['without tunnels, by an empty list', { decodeTunnels: [] }, nfstreamColumns.filter((name) => name !== 'tunnel_id')],
  ['with networks, behind the columns of nfstream', { decodeTunnels: 'all', endReason: true }, [...nfstreamColumns, 'tunnel_vni', 'end_reason']],
  ['with the networks of Geneve', { decodeTunnels: ['geneve'] }, [...nfstreamColumns, 'tunnel_vni']],
  ['without networks in GRE', { decodeTunnels: ['gre'] }, nfstreamColumns],
  ['the classic set with networks', { features: 'classic', decodeTunnels: ['vxlan'] }, [...classicColumns, 'tunnel_vni']],
  ['without labels', { dissections: 0 }, core],
  ['with the end reason', { dissections: 0, endReason: true }, [...core, 'end_reason']],
  [
    'statistics and lists between the core and the labels, as nfstream',
    { statistics: true, splt: 5 },
    [...core, ...moments('ps'), ...moments('piat_ms'), ...flags, ...splt, ...labels],
  ],
  ['the classic set', { features: 'classic' }, classicColumns],
  ['the classic set without labels', { features: 'classic', dissections: 0 }, classicColumns.filter((name) => !/application|category/.test(name))],
  ['the classic set and what options add', { features: 'classic', splt: 1, endReason: true }, [...classicColumns, ...splt, 'end_reason']],
  [
    'every column',
    { features: 'full', splt: 1, payloadBytes: 1, decodeTunnels: 'all', perFile: true, processes: true, partial: true, increments: true },
    fields.filter(({ when }) => when !== 'stitched').map((field) => field.name),
  ],
  ['pieces, behind the others', { features: ['src_ip'], partial: true }, ['src_ip', ...basicPieceFields.map(({ name }) => name)]],
  [
    'pieces with statistics, which need sums of squares',
    { features: ['src2dst_mean_ps'], partial: true },
    [
      'src2dst_mean_ps',
      ...basicPieceFields.map(({ name }) => name),
      ...['src2dst_ps', 'dst2src_ps', 'bidirectional_piat', 'src2dst_piat', 'dst2src_piat'].flatMap((of) => [
        `piece_${of}_squares`,
        `piece_${of}_squares_high`,
      ]),
    ],
  ],
  [
    'a column of pieces that is named, once',
    { features: ['piece_key'], partial: true },
    ['piece_key', ...basicPieceFields.map(({ name }) => name).filter((name) => name !== 'piece_key')],
  ],
  [
    'every column that tells something',
    { features: 'full', dissections: 0 },
    fields
      .filter(
        ({ name, when }) =>
          !['splt', 'payloadBytes', 'networks', 'perFile', 'processes', 'partial', 'increments', 'stitched'].includes(when) &&
          (['ja4', 'hassh', 'hassh_server'].includes(name) || !dissectedGroups.has(when)),
      )
      .map((field) => field.name),
  ],
  [
    'what dissection finds, with its options',
    { features: ['id'], ssh: true, detectedOs: true, risks: true, applicationDetails: true },
    [
      'id',
      'application_breed',
      'application_confidence_name',
      'risks',
      'risk_score',
      'risk_client_score',
      'risk_server_score',
      'hassh',
      'hassh_server',
      'detected_os',
    ],
  ],
  ['points in time of a certificate in the unit', { features: ['tls_not_after_ms', 'ja4'], timeUnit: 'us' }, ['tls_not_after_us', 'ja4']],
  ['the capture of each flow', { dissections: 0, perFile: true }, [...core, 'source_file']],
  ['the process of each flow', { dissections: 0, processes: true }, [...core, 'system_process_pid', 'system_process_name']],
  ['the classic set and the capture', { features: 'classic', perFile: true }, [...classicColumns, 'source_file']],
  ['what is new in each row of a flow', { dissections: 0, increments: true }, [...core, 'new_packets', 'new_bytes']],
  ["the facts of Zeek's conn.log, and what options add", { features: 'zeek', endReason: true }, [...zeekNames, 'end_reason']],
  [
    "Zeek's without labels and tunnels",
    { features: 'zeek', dissections: 0, decodeTunnels: false },
    zeekNames.filter((name) => !['application_name', 'tunnel_id'].includes(name)),
  ],
  ['these names in this order', { features: ['dst_ip', 'ip_src', 'src2dst_max_ps', 'id'] }, ['dst_ip', 'ip_src', 'src2dst_max_ps', 'id']],
  ['these names and what options add', { features: ['end_reason', 'id'], endReason: true, splt: 1 }, ['end_reason', 'id', ...splt]],
  [
    'the unit in the names of times',
    { features: ['src2dst_first_seen_us', 'src2dst_duration_ms', 'splt_piat_us'], splt: 3, timeUnit: 'us' },
    ['src2dst_first_seen_us', 'src2dst_duration_us', 'splt_piat_us', 'splt_direction', 'splt_ps'],
  ],
];

const refusals: [choice: Partial<FieldChoice>, message: string][] = [
  [{ features: ['src_ips'] }, 'There is no column named src_ips. Did you mean src_ip?'],
  [{ features: ['frobnication'] }, 'There is no column named frobnication. nfstream --list-fields lists them all.'],
  [{ features: ['application_name'], dissections: 0 }, 'The column application_name needs the option dissections over 0.'],
  [{ features: ['tunnel_id'], decodeTunnels: false }, 'The column tunnel_id needs the option decodeTunnels.'],
  [{ features: ['tunnel_vni'] }, 'The column tunnel_vni needs the option decodeTunnels with vxlan or geneve.'],
  [{ features: ['ja3'], dissections: 0 }, 'The column ja3 needs the option dissections over 0.'],
  [{ tls: true, dissections: 0 }, 'The column ja3 needs the option dissections over 0.'],
  [{ features: ['splt_ps'] }, 'The column splt_ps needs the option splt over 0.'],
  [{ features: ['source_file'] }, 'The column source_file needs the option perFile.'],
  [{ features: ['piece_key'] }, 'The column piece_key needs the option partial.'],
  [{ features: ['stitch_inexact'] }, 'The column stitch_inexact is made by stitch() alone.'],
  [{ features: ['system_process_pid'] }, 'The column system_process_pid needs the option processes.'],
  [{ features: ['new_bytes'] }, 'The column new_bytes needs the option increments.'],
];

/** The engine's type of a field's column. */
function engineType({ type, time, list }: Field): string {
  return time !== undefined ? 'time' : list !== undefined ? `${list.item} list` : type;
}

describe('the table of fields', () => {
  for (const [what, choice, names] of cases) {
    it(`has ${what}`, () => {
      expect(chooseFields({ ...usual, ...choice }).map((field) => field.name)).to.deep.equal(names);
    });
  }

  for (const [choice, message] of refusals) {
    it(`says: ${message}`, () => {
      expect(() => chooseFields({ ...usual, ...choice }))
        .to.throw(FlowError, message)
        .with.property('code', 'ERR_NFSTREAM_COLUMN');
    });
  }

  it('names only columns that the engine has (or the stage makes), with its types, and none of the engine is missing', () => {
    const fine = chooseFields({ ...usual, features: 'full', splt: 1, payloadBytes: 1, decodeTunnels: 'all', timeUnit: 'ns' });
    const engine = new Map(native.columns().map((column) => [column.name, column.type]));
    const table = new Map(
      [...fields, ...classicFields, ...fine]
        .filter((field) => !field.ofCapture && field.when !== 'stitched')
        .map((field) => [field.column ?? field.name, engineType(field)]),
    );
    expect(Object.fromEntries(table)).to.deep.equal(Object.fromEntries(engine));
  });

  it('says of a field that it may be null where the engine says it of the column', () => {
    const engine = new Map(native.columns().map((column) => [column.name, column.nullable]));
    for (const field of [...chooseFields({ ...usual, features: 'full', splt: 1, payloadBytes: 1, timestamps: 'arrow' }), ...classicFields].filter(
      (each) => !each.ofCapture,
    )) {
      expect(field.nullable ?? false, field.name).to.equal(engine.get(field.column ?? field.name));
    }
  });

  const forms: [choice: Partial<FieldChoice>, of: Partial<Field>][] = [
    [{}, { type: 'int', time: 'ms', unit: 'ms' }],
    [{ timeUnit: 'us' }, { type: 'int', time: 'us', unit: 'us' }],
    [{ timeUnit: 'ns' }, { type: 'int', time: 'ns', unit: 'ns', bigint: true }],
    [
      { timeUnit: 'ns', timestamps: 'arrow' },
      { type: 'int', time: 'ns', bigint: true, nullable: true },
    ],
    [
      { timeUnit: 'us', timestamps: 'iso' },
      { type: 'text', time: 'us', plain: true, nullable: true },
    ],
  ];
  for (const [choice, of] of forms) {
    it(`tells a point in time as ${JSON.stringify(of)}`, () => {
      const field = chooseFields({ ...usual, ...choice }).find(({ name }) => name.startsWith('dst2src_last_seen'))!;
      expect(field).to.deep.include({ ...of, name: `dst2src_last_seen_${choice.timeUnit ?? 'ms'}` });
      expect(Object.keys(field).includes('bigint')).to.equal('bigint' in of);
    });
  }

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
