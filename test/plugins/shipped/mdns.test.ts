import { expect } from 'chai';
import { mdns, Streamer, type MdnsColumns } from '../../../lib/index.js';
import { be16, be32, bytes } from '../../../fixtures/make/build/packets.js';
import { capture, datagram, fixture, inTurn, kept } from './packets.js';

const ports = { src: '10.0.0.1', dst: '224.0.0.251', srcPort: 5353, dstPort: 5353 };

/** A name by its labels; a number behind them is where a pointer goes. */
function name(...labels: readonly (string | number)[]): Buffer {
  const parts = labels.map((label) => (typeof label === 'number' ? be16(0xc000 | label) : bytes(Buffer.byteLength(label), Buffer.from(label))));
  return bytes(...parts, ...(typeof labels.at(-1) === 'number' ? [] : [0]));
}

const question = (asked: Uint8Array): Buffer => bytes(asked, be16(12), be16(1));
const record = (owner: Uint8Array, type: number, data: Uint8Array, length = data.length): Buffer =>
  bytes(owner, be16(type), be16(1), be32(120), be16(length), data);
const header = (...counts: number[]): Buffer => bytes(be16(0), be16(0x8400), ...counts.map(be16));

async function told(...messages: readonly Uint8Array[]): Promise<(string | null)[]> {
  const [flow] = await kept([mdns()], inTurn(messages.map((one) => datagram(one, ports))));
  const { mdns_queries, mdns_ptr, mdns_hosts } = flow!.udps as MdnsColumns;
  return [mdns_queries, mdns_ptr, mdns_hosts];
}

const tcpLocal = name('_http', '_tcp', 'local');
const long = 'x'.repeat(63);

describe('mdns()', () => {
  const cases: readonly (readonly [what: string, messages: Uint8Array[], queries: string | null, ptr: string | null, hosts: string | null])[] = [
    ['questions', [bytes(header(2, 0, 0, 0), question(tcpLocal), question(name('tv', 'local')))], '_http._tcp.local,tv.local', null, null],
    ['PTR records of answers, by a pointer', [bytes(header(0, 1, 0, 0), record(tcpLocal, 12, name('Desk', 12)))], null, 'Desk._http._tcp.local', null],
    [
      'hosts of A and AAAA in any section',
      [
        bytes(
          header(0, 1, 1, 1),
          record(name('a', 'local'), 1, Buffer.alloc(4)),
          record(name('b', 'local'), 28, Buffer.alloc(16)),
          record(name('c', 'local'), 1, Buffer.alloc(4)),
        ),
      ],
      null,
      null,
      'a.local,b.local,c.local',
    ],
    [
      'no PTR records of other sections, no SRV',
      [bytes(header(0, 1, 1, 1), record(tcpLocal, 33, Buffer.alloc(7)), record(tcpLocal, 12, name('x')), record(tcpLocal, 12, name('y')))],
      null,
      null,
      null,
    ],
    [
      'each name once, in the order in which they came',
      [bytes(header(2, 0, 0, 0), question(name('b')), question(name('a'))), bytes(header(2, 0, 0, 0), question(name('a')), question(name('c')))],
      'b,a,c',
      null,
      null,
    ],
    [
      'commas of names as spaces, as nfstream does',
      [bytes(header(0, 1, 0, 0), record(tcpLocal, 12, name('Me, Myself', 12)))],
      null,
      'Me  Myself._http._tcp.local',
      null,
    ],
    [
      'names of UTF-8, and U+FFFD for what is none',
      [bytes(header(2, 0, 0, 0), question(name('Küche')), question(bytes(2, 0xff, 0x61, 0)))],
      'Küche,\ufffda',
      null,
      null,
    ],
    [
      'names of 255 bytes, and nothing behind a longer one',
      [bytes(header(2, 0, 0, 0), question(name(long, long, long, 'x'.repeat(61))), question(name(long, long, long, long)))],
      [long, long, long, 'x'.repeat(61)].join('.'),
      null,
      null,
    ],
    ['nothing of the root', [bytes(header(1, 0, 0, 0), question(name()))], null, null, null],
    ['what stands in front of a pointer to itself', [bytes(header(2, 0, 0, 0), question(name('a')), question(name(19)))], 'a', null, null],
    [
      'what stands in front of a pointer ahead',
      [bytes(header(2, 0, 0, 0), question(name('a')), question(name('b', 40)), question(name('c')))],
      'a',
      null,
      null,
    ],
    [
      'what stands in front of a circle of two pointers',
      [bytes(header(3, 0, 0, 0), question(name('a')), question(name('b', 25)), question(name(19)))],
      'a',
      null,
      null,
    ],
    ['what stands in front of a label of a reserved kind', [bytes(header(2, 0, 0, 0), question(name('a')), 0x40, 0, 0, 0, 0, 0)], 'a', null, null],
    [
      'what stands in front of a record that is longer than the message',
      [bytes(header(1, 2, 0, 0), question(name('a')), record(name('h'), 1, Buffer.alloc(4)), record(tcpLocal, 12, name('x'), 60_000))],
      'a',
      null,
      'h',
    ],
    ['no target that leaves its record', [bytes(header(0, 1, 0, 0), record(tcpLocal, 12, name('Desk'), 3), 0, 0, 0)], null, null, null],
    ['what is there when the header counts more', [bytes(header(65_535, 65_535, 65_535, 65_535), question(name('a')))], 'a', null, null],
  ];
  for (const [what, messages, ...expected] of cases) {
    it(`tells ${what}`, async () => {
      expect(await told(...messages)).to.deep.equal(expected);
    });
  }

  it('gives up names whose pointers go back and back', async () => {
    // Pointers to pointers in the data of one record, each to the one before it: as far as 32, it is a name.
    for (const [jumps, expected] of [
      [31, 'end,end'],
      [40, null],
    ] as const) {
      const at = 12 + 1 + 10; // where the data of a record of the root begins
      const chain = bytes(name('end'), ...Array.from({ length: jumps }, (_, i) => be16(0xc000 | (i === 0 ? at : at + 5 + 2 * (i - 1)))));
      const one = bytes(header(0, 2, 0, 0), record(name(), 16, chain), record(name(at + 5 + 2 * (jumps - 1)), 1, Buffer.alloc(4)));
      expect((await told(one))[2], `${jumps}`).to.equal(expected === null ? null : 'end');
    }
  });

  it('keeps as many names as it is told', async () => {
    const messages = inTurn(Array.from({ length: 30 }, (_, i) => datagram(bytes(header(1, 0, 0, 0), question(name(`n${i}`))), ports)));
    const [flow] = await kept([mdns({ names: 3 })], messages);
    expect(flow!.udps.mdns_queries).to.equal('n0,n1,n2');
    const [usual] = await kept([mdns()], inTurn(Array.from({ length: 130 }, (_, i) => datagram(bytes(header(1, 0, 0, 0), question(name(`n${i}`))), ports))));
    expect(usual!.udps.mdns_queries.split(',')).to.have.length(100);
  });

  for (const [what, changed] of [['other ports', { srcPort: 53, dstPort: 999 }]] as const) {
    it(`tells nothing of ${what}`, async () => {
      const [flow] = await kept([mdns()], inTurn([datagram(bytes(header(1, 0, 0, 0), question(name('a'))), { ...ports, ...changed })]));
      expect(flow!.udps).to.deep.equal({ mdns_ptr: null, mdns_queries: null, mdns_hosts: null });
    });
  }

  it('reads IPv6, and answers to another port', async () => {
    const one = bytes(header(1, 0, 0, 0), question(name('a')));
    for (const changed of [{ src: 'fd00::1', dst: 'ff02::fb' }, { srcPort: 40_000 }, { dstPort: 40_000 }]) {
      const [flow] = await kept([mdns()], inTurn([datagram(one, { ...ports, ...changed })]));
      expect(flow!.udps.mdns_queries, JSON.stringify(changed)).to.equal('a');
    }
  });

  it('tells the hosts and services of mdns.pcap', async () => {
    const told = new Set<string | null>();
    for await (const { udps } of new Streamer({ source: fixture('mdns.pcap'), dissections: 0, plugins: [mdns()] }))
      told.add(udps.mdns_ptr).add(udps.mdns_hosts);
    expect([...told]).to.have.members([
      null,
      'desk.local',
      'phone.local',
      'desk.local,desk [02:00:00:00:01:10]._workstation._tcp.local,_workstation._tcp.local',
      'phone.local,phone [02:00:00:00:01:20]._workstation._tcp.local,_workstation._tcp.local',
    ]);
  });

  it("tells what nfstream's plugin tells of the mdns.pcap of nDPI's captures, and of messages with NSEC and over IPv6", async () => {
    const source = capture('mdns.pcap');
    if (source === null) return;
    const told = new Map<number, number>([
      [4, 0],
      [6, 0],
    ]);
    for await (const flow of new Streamer({ source, dissections: 0, plugins: [mdns()] })) {
      if (flow.udps.mdns_ptr !== null) told.set(flow.ipVersion, told.get(flow.ipVersion)! + 1);
      if (flow.srcIp === '65.182.57.55') expect(flow.udps.mdns_ptr).to.equal('Putty._airport._tcp.local');
    }
    expect([told.get(4), told.get(6)! > 10]).to.deep.equal([8, true]); // nfstream: 7 and 0
  });
});
