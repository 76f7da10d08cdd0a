import { expect } from 'chai';
import { PacketBatch, Streamer, tcpEnd, type TcpEndOptions } from '../../../lib/index.js';
import { run } from '../run.js';
import { datagram, fixture, inTurn, segment, type Segment } from './packets.js';

const packet = (back: boolean, flags: string, seq: number, ack: number, payload = ''): Segment => ({ back, flags, seq, ack, payload });

/** A connection from SYN to the last ACK; numbers go round when they begin near their end. */
function connection(client = 100, server = 500): Segment[] {
  return [
    packet(false, 'S', client, 0),
    packet(true, 'SA', server, client + 1),
    packet(false, 'A', client + 1, server + 1, 'ask'),
    packet(true, 'A', server + 1, client + 4, 'answer'),
    packet(false, 'FA', client + 4, server + 7),
    packet(true, 'FA', server + 7, client + 5),
    packet(false, 'A', client + 5, server + 8),
  ];
}

const late = packet(true, 'A', 508, 105);

/** Flows as packets and why they ended, and the ignored packets. */
async function ends(segments: readonly Segment[], given?: TcpEndOptions): Promise<unknown[]> {
  const { flows, error, stage } = await run(PacketBatch.from(inTurn(segments.map(segment))), {
    features: ['bidirectional_packets', 'export_reason', 'end_reason'],
    plugins: [tcpEnd(given)],
  });
  expect(error).to.equal(null);
  return [...flows.map((flow) => [flow.bidirectionalPackets, flow['endReason'], flow['exportReason']]), stage.report().ignored['after_expire'] ?? 0];
}

describe('tcpEnd()', () => {
  const whole = connection();
  const cases: readonly (readonly [
    what: string,
    segments: Segment[],
    given: TcpEndOptions | undefined,
    expected: [packets: number, ended: string][],
    ignored?: number,
  ])[] = [
    ['with the acknowledgement of both FINs', whole, undefined, [[7, 'custom']]],
    ['across the end of the sequence numbers', connection(2 ** 32 - 4, 2 ** 32 - 8), undefined, [[7, 'custom']]],
    [
      'and counts what comes late as another flow',
      [...whole, late],
      undefined,
      [
        [7, 'custom'],
        [1, 'end'],
      ],
    ],
    ['and ignores what comes late when asked', [...whole, late, late], { rest: 'ignore' }, [[7, 'custom']], 2],
    ['not before both FINs are acknowledged', whole.slice(0, 6), undefined, [[6, 'end']]],
    ['not with an acknowledgement of less', [...whole.slice(0, 6), packet(false, 'A', 105, 507)], undefined, [[7, 'end']]],
    [
      'when FINs cross',
      [...whole.slice(0, 4), packet(false, 'FA', 104, 507), packet(true, 'FA', 507, 104), packet(false, 'A', 105, 508), packet(true, 'A', 508, 105)],
      undefined,
      [[8, 'custom']],
    ],
    [
      'by the last of two FINs of one side',
      [
        ...whole.slice(0, 4),
        packet(false, 'FA', 60, 507),
        packet(true, 'FA', 507, 104),
        packet(false, 'FA', 104, 508),
        packet(true, 'A', 508, 104),
        packet(true, 'A', 508, 105),
      ],
      undefined,
      [[9, 'custom']],
    ],
    [
      'with a FIN that carries data',
      [
        packet(false, 'S', 100, 0),
        packet(true, 'SA', 500, 101),
        packet(false, 'FA', 101, 501, 'bye'),
        packet(true, 'FA', 501, 105),
        packet(false, 'A', 105, 502),
      ],
      undefined,
      [[5, 'custom']],
    ],
    [
      'with a RST',
      [...whole.slice(0, 3), packet(true, 'R', 501, 0), late],
      undefined,
      [
        [4, 'custom'],
        [1, 'end'],
      ],
    ],
    ['with a RST alone when asked', [...whole, packet(true, 'R', 508, 0)], { on: 'rst' }, [[8, 'custom']]],
    [
      'with the first FIN when asked',
      whole,
      { on: 'first-fin' },
      [
        [5, 'custom'],
        [1, 'custom'],
        [1, 'end'],
      ],
    ],
    ['with a first packet that is a RST', [packet(false, 'R', 1, 0)], undefined, [[1, 'custom']]],
  ];
  for (const [what, segments, given, expected, ignored = 0] of cases) {
    it(`ends a flow ${what}`, async () => {
      expect(await ends(segments, given)).to.deep.equal([...expected.map(([packets, ended]) => [packets, ended, ended === 'custom' ? 4 : 2]), ignored]);
    });
  }

  it('leaves other protocols alone', async () => {
    const { flows } = await run(PacketBatch.from(inTurn([datagram(Buffer.from('x')), datagram(Buffer.from('y'))])), { endReason: true, plugins: [tcpEnd()] });
    expect(flows.map((flow) => [flow.bidirectionalPackets, flow['endReason']])).to.deep.equal([[2, 'end']]);
  });

  for (const name of ['http.pcap', 'tls.pcap', 'ftp.pcap', 'smtp.pcap', 'office.pcap', 'portscan.pcap']) {
    it(`ends the flows of ${name} that tcpExpiry ends`, async () => {
      const closed = async (options: object): Promise<string[]> => {
        const ended: string[] = [];
        for await (const flow of new Streamer({ source: fixture(name), dissections: 0, endReason: true, ...options }))
          if (['custom', 'tcp_fin', 'tcp_rst'].includes(String(flow['endReason']))) ended.push(`${flow.srcIp} ${flow.srcPort} ${flow.dstIp} ${flow.dstPort}`);
        return ended.sort();
      };
      const ours = await closed({ plugins: [tcpEnd()] });
      expect(ours.length).to.be.above(0);
      expect(ours).to.deep.equal(await closed({ tcpExpiry: 'fin' }));
    });
  }

  it('refuses what it does not know', () => {
    expect(() => tcpEnd({ on: 'ack' as never })).to.throw(/one of "fin", "first-fin", "rst" for on of tcpEnd\(\) but received "ack"/);
    expect(() => tcpEnd({ rest: 1 as never })).to.throw(/for rest of tcpEnd\(\) but received 1/);
  });
});
