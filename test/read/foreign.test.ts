import { expect } from 'chai';
import { aggregate, captureFile, fromFile, type FlowBatch, type ReadFormat } from '../../lib/index.js';
import { communityId } from '../../lib/read/foreign/community-id.js';
import { piecesOf, readAll, type WhatWasRead } from './read-all.js';

async function readText(format: ReadFormat | undefined, text: string, size = 7): Promise<WhatWasRead> {
  return readAll(fromFile(piecesOf(Buffer.from(text, 'latin1'), size), { ...(format !== undefined && { format }) }));
}

const zeekHeader = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tconn',
  '#open\t2024-01-02-03-04-05',
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes',
  '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tstring\tcount\tcount\tcount\tcount',
].join('\n');
const zeekRows = [
  '1704164645.123456\tCa1\t192.0.2.1\t40000\t198.51.100.2\t443\ttcp\tssl\t1.500700\t517\t3000\tSF\tShADadFf\t8\t900\t7\t3300',
  '1704164646.000001\tCa2\t192.0.2.1\t8\t198.51.100.3\t0\ticmp\t-\t-\t-\t-\tOTH\t-\t1\t84\t0\t0',
  '1704164647.999999\tCa3\t2001:db8::1\t5353\tff02::fb\t5353\tudp\tdns\t0.000000\t40\t0\tS0\tD\t1\t88\t0\t0',
];
const zeekLog = `${zeekHeader}\n${zeekRows.join('\n')}\n#close\t2024-01-02-03-05-00\n`;

const eveFlow = {
  timestamp: '2024-01-02T03:04:10.000000+0000',
  flow_id: 1977943534213435,
  event_type: 'flow',
  src_ip: '192.0.2.1',
  src_port: 40000,
  dest_ip: '198.51.100.2',
  dest_port: 443,
  proto: 'TCP',
  app_proto: 'tls',
  flow: {
    pkts_toserver: 8,
    pkts_toclient: 7,
    bytes_toserver: 1012,
    bytes_toclient: 3398,
    start: '2024-01-02T03:04:05.123456+0000',
    end: '2024-01-02T04:04:06.624156+0100',
    age: 1,
    state: 'closed',
    reason: 'timeout',
  },
  vlan: [7],
  ether: { src_mac: '02:00:00:00:00:01', dest_mac: '02:00:00:00:00:02' },
};
const eveLine = (change: Readonly<Record<string, unknown>>): string => `${JSON.stringify({ ...eveFlow, ...change })}\n`;

const common = {
  src_ip: '192.0.2.1',
  src_port: 40000,
  dst_ip: '198.51.100.2',
  dst_port: 443,
  protocol: 6,
  ip_version: 4,
  bidirectional_first_seen_ms: 1704164645123,
  bidirectional_last_seen_ms: 1704164646624,
  bidirectional_duration_ms: 1501,
  bidirectional_packets: 15,
  src2dst_packets: 8,
  dst2src_packets: 7,
  community_id: communityId({ src: '198.51.100.2', dst: '192.0.2.1', srcPort: 443, dstPort: 40000, protocol: 6 }),
};

describe('Flows of other programs', () => {
  it("are read from Zeek's conn.log, known by its first bytes", async () => {
    const { rows, error } = await readText(undefined, zeekLog);
    expect(error).to.equal(null);
    expect(rows[0]).to.deep.equal({
      ...common,
      bidirectional_bytes: 4200,
      src2dst_bytes: 900,
      dst2src_bytes: 3300,
      application_name: 'ssl',
      flow_uid: 'Ca1',
      vlan_id: null,
      src_mac: null,
      dst_mac: null,
      tcp_state: 'SF',
      tcp_history: 'ShADadFf',
    });
    expect(rows[1]).to.include({
      protocol: 1,
      src_port: 0,
      dst_port: 0,
      bidirectional_last_seen_ms: null,
      bidirectional_duration_ms: null,
      application_name: null,
      tcp_history: null,
    });
    expect(rows[2]).to.include({ protocol: 17, ip_version: 6, src_ip: '2001:db8::1', bidirectional_duration_ms: 0 });
    expect(rows).to.have.length(3);
  });

  it("are read from Zeek's conn.log as JSON", async () => {
    const line = {
      ts: 1704164645.123456,
      uid: 'Ca1',
      'id.orig_h': '192.0.2.1',
      'id.orig_p': 40000,
      'id.resp_h': '198.51.100.2',
      'id.resp_p': 443,
      proto: 'tcp',
      duration: 1.5007,
      orig_pkts: 8,
      resp_pkts: 7,
    };
    const { rows, error } = await readText(
      'zeek',
      `${JSON.stringify(line)}\r\n${JSON.stringify({ ...line, ts: '2024-01-02T03:04:05.123456Z', community_id: '1:x' })}\n`,
    );
    expect(error).to.equal(null);
    expect(rows[0]).to.include({ ...common, src2dst_bytes: null, tcp_state: null, flow_uid: 'Ca1' });
    expect(rows[1]).to.include({ ...common, community_id: '1:x' });
  });

  it("are read from Suricata's EVE, whose other events are passed over", async () => {
    const lines = [
      eveLine({}),
      eveLine({ event_type: 'alert', alert: { signature: 'x' } }),
      '\n',
      eveLine({ flow_id: 0, app_proto: 'failed', vlan: undefined, ether: undefined, community_id: '1:x' }),
    ];
    const { rows, error } = await readText('eve', lines.join(''));
    expect(error).to.equal(null);
    expect(rows).to.have.length(2);
    expect(rows[0]).to.deep.equal({
      ...common,
      bidirectional_bytes: 4410,
      src2dst_bytes: 1012,
      dst2src_bytes: 3398,
      application_name: 'tls',
      flow_uid: '1977943534213435',
      vlan_id: 7,
      src_mac: '02:00:00:00:00:01',
      dst_mac: '02:00:00:00:00:02',
    });
    expect(rows[1]).to.include({ application_name: null, vlan_id: null, src_mac: null, community_id: '1:x' });
  });

  it('keep every digit of an id of EVE', async () => {
    const { rows } = await readText('eve', eveLine({}).replace('1977943534213435', '9007199254740993'));
    expect(rows[0]).to.include({ flow_uid: '9007199254740993' });
  });

  it('are read from CSV of nfstream, with Community IDs', async () => {
    const text =
      'id,src_ip,src_port,dst_ip,dst_port,protocol,bidirectional_packets\n0,192.0.2.1,40000,198.51.100.2,443,6,15\n1,192.0.2.1,0,198.51.100.2,0,1,2\n';
    const { rows, error } = await readText('nfstream', text);
    expect(error).to.equal(null);
    expect(rows.map(({ community_id }) => community_id)).to.deep.equal([common.community_id, null]);
    expect(rows[0]).to.include({ src_ip: '192.0.2.1', bidirectional_packets: 15 });
  });

  // The examples of the specification.
  for (const [src, dst, srcPort, dstPort, protocol, id] of [
    ['128.232.110.120', '66.35.250.204', 34855, 80, 6, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['192.168.1.52', '8.8.8.8', 54585, 53, 17, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    ['192.168.0.89', '192.168.0.1', 8, 0, 1, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
    ['192.168.0.1', '192.168.0.89', 0, 8, 1, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
    ['fe80::200:86ff:fe05:80da', 'fe80::260:97ff:fe07:69ea', 135, 0, 58, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
    ['192.168.170.8', '192.168.170.56', 7, 80, 132, '1:jQgCxbku+pNGw8WPbEc/TS/uTpQ='],
    ['192.0.2.1', '2001:db8::1', 1, 2, 6, null],
    ['x', '192.0.2.1', 1, 2, 6, null],
    ['192.0.2.1', '192.0.2.2', 65536, 2, 6, null],
  ] as const)
    it(`have the Community ID of others: ${src} ${srcPort}, ${dst} ${dstPort}, ${protocol}`, () => {
      expect(communityId({ src, dst, srcPort, dstPort, protocol })).to.equal(id);
    });

  for (const capture of ['office.pcap', 'mdns.pcap', 'quic.pcap'])
    it(`have the Community ID of our own runs: ${capture}`, async () => {
      let compared = 0;
      for await (const batch of captureFile(`fixtures/${capture}`).pipe(aggregate({ communityId: true, dissections: 0 })) as AsyncIterable<FlowBatch>)
        for (const { srcIp, dstIp, srcPort, dstPort, protocol, communityId: id } of batch as unknown as Iterable<Record<string, never>>) {
          if (protocol === 1 || protocol === 58) continue;
          expect(communityId({ src: srcIp!, dst: dstIp!, srcPort: srcPort!, dstPort: dstPort!, protocol: protocol! })).to.equal(id);
          compared++;
        }
      expect(compared).to.be.greaterThan(0);
    });

  const goodZeek = `${zeekHeader}\n${zeekRows[0]}\n`;
  for (const [what, format, text, code, message] of [
    ['another log of Zeek', 'zeek', zeekLog.replace('conn', 'dns'), 'ERR_NFSTREAM_COLUMN', /conn\.log/],
    ['a row before its header', 'zeek', `${zeekRows[0]}\n`, 'ERR_NFSTREAM_COLUMN', /#fields/],
    ['a row with too few fields', 'zeek', `${goodZeek}x\ty\n`, 'ERR_NFSTREAM_COLUMN', /2 fields where 17/],
    ['what is no address', 'zeek', goodZeek + zeekRows[0]!.replace('192.0.2.1', '=1+1\x1b'), 'ERR_NFSTREAM_TRUNCATED', /cut off/],
    ['a hostile address', 'zeek', `${goodZeek}${zeekRows[0]!.replace('192.0.2.1', '=1+1\x1b')}\n`, 'ERR_NFSTREAM_COLUMN', /orig_h is no address/],
    ['a port beyond all', 'zeek', `${goodZeek}${zeekRows[0]!.replace('40000', '70000')}\n`, 'ERR_NFSTREAM_COLUMN', /65535/],
    ['a count beyond all', 'eve', eveLine({}) + eveLine({ flow: { ...eveFlow.flow, pkts_toserver: 2 ** 60 } }), 'ERR_NFSTREAM_COLUMN', /pkts_toserver/],
    ['a negative count', 'eve', eveLine({}) + eveLine({ flow: { ...eveFlow.flow, bytes_toserver: -1 } }), 'ERR_NFSTREAM_COLUMN', /bytes_toserver/],
    ['a time that is none', 'eve', eveLine({}) + eveLine({ flow: { ...eveFlow.flow, start: 'now' } }), 'ERR_NFSTREAM_COLUMN', /flow\.start/],
    ['an event without its flow', 'eve', eveLine({}) + eveLine({ flow: 1 }), 'ERR_NFSTREAM_COLUMN', /no object flow/],
    ['what is no JSON', 'eve', `${eveLine({})}{"event_type":\n`, 'ERR_NFSTREAM_CORRUPT', /no JSON/],
    ['what is no object', 'eve', `${eveLine({})}[1]\n`, 'ERR_NFSTREAM_COLUMN', /no object/],
    ['a line that is cut off', 'eve', eveLine({}) + eveLine({}).slice(0, 100), 'ERR_NFSTREAM_TRUNCATED', /cut off/],
  ] as const)
    it(`are told as damaged: ${what}`, async () => {
      const { error, rows } = await readText(format, text, 64);
      expect([error?.code, rows.length]).to.deep.equal([code, text.includes('\n#types') && what !== 'another log of Zeek' ? 1 : format === 'eve' ? 1 : 0]);
      expect(error?.message).to.match(message);
    });

  it('keep what a log says in bytes that are no UTF-8', async () => {
    const { rows, error } = await readText('zeek', zeekLog.replace('ssl', 'a\\x09\xff'));
    expect(error).to.equal(null);
    expect(rows[0]).to.include({ application_name: 'a\t\ufffd' });
  });

  it('hold no more than a line is allowed to have', async () => {
    const { error } = await readText('eve', eveLine({}) + 'x'.repeat(5 << 20), 1 << 20);
    expect([error?.code, error?.message.includes('no line ends')]).to.deep.equal(['ERR_NFSTREAM_CORRUPT', true]);
  });
});
