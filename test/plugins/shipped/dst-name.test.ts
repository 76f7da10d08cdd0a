import { expect } from 'chai';
import { Streamer, dstName, type DstNameColumns } from '../../../lib/index.js';
import { be16, be32, bytes } from '../../../fixtures/make/build/packets.js';
import { datagram, fixture, inTurn, kept } from './packets.js';

const name = (...labels: readonly string[]): Buffer => bytes(...labels.map((label) => bytes(label.length, Buffer.from(label))), 0);
const record = (owner: Uint8Array, type: number, data: Uint8Array, length = data.length): Buffer =>
  bytes(owner, be16(type), be16(1), be32(60), be16(length), data);
const asked = bytes(0xc0, 12);
const a = (...address: number[]): Buffer => record(asked, 1, Buffer.from(address));

/** An answer to one question. */
function answer(records: readonly Uint8Array[], { flags = 0x8180, labels = ['www', 'example', 'com'], questions = 1 } = {}): Buffer {
  const question = questions === 1 ? [name(...labels), be16(1), be16(1)] : [];
  return bytes(be16(7), be16(flags), be16(questions), be16(records.length), be16(0), be16(0), ...question, ...records);
}

/** Each flow's name: an answer of the server 10.0.0.53 to a client, and then a datagram of the client to an address. */
async function named(message: Uint8Array, { client = '10.0.0.1', from = '10.0.0.1', to = '192.0.2.1', srcPort = 53 } = {}): Promise<string | null> {
  const told = datagram(message, { src: '10.0.0.53', dst: client, srcPort, dstPort: 4444 });
  const flows = await kept([dstName()], inTurn([told, datagram(Buffer.from('x'), { src: from, dst: to, srcPort: 5555, dstPort: 9999 })]));
  return (flows[1]!.udps as DstNameColumns).dst_name;
}

const cases: [what: string, message: Uint8Array, expected: string | null, ends?: object][] = [
  ['an address', answer([a(192, 0, 2, 1)]), 'www.example.com'],
  ['the second address', answer([a(192, 0, 2, 7), a(192, 0, 2, 1)]), 'www.example.com'],
  [
    'an address behind another name',
    answer([record(asked, 5, name('cdn', 'example')), record(name('cdn', 'example'), 1, Buffer.from([192, 0, 2, 1]))]),
    'www.example.com',
  ],
  ['an answer that was cut behind it', answer([a(192, 0, 2, 1), a(192, 0, 2, 2)]).subarray(0, -3), 'www.example.com'],
  ['bytes that are no UTF-8', answer([a(192, 0, 2, 1)], { labels: ['=x'] }), '=x'],
  ['no such address', answer([a(192, 0, 2, 2)]), null],
  ['another client', answer([a(192, 0, 2, 1)]), null, { from: '10.0.0.2' }],
  ['another port', answer([a(192, 0, 2, 1)]), null, { srcPort: 54 }],
  ['a question', answer([a(192, 0, 2, 1)], { flags: 0x0100 }), null],
  ['an error', answer([a(192, 0, 2, 1)], { flags: 0x8183 }), null],
  ['no question', answer([record(name('www'), 1, Buffer.from([192, 0, 2, 1]))], { questions: 0 }), null],
  ['an address of a wrong length', answer([record(asked, 1, Buffer.from([192, 0, 2, 1, 0]))]), null],
  ['a record that says that it is longer', answer([record(asked, 1, Buffer.from([192, 0, 2, 1]), 400)]), null],
  ['nothing', Buffer.alloc(0), null],
];

describe('dstName()', () => {
  for (const [what, message, expected, ends] of cases) it(`reads ${what}`, async () => expect(await named(message, ends)).to.equal(expected));

  it('reads addresses of IPv6', async () => {
    const flows = await kept(
      [dstName()],
      inTurn([
        datagram(answer([record(asked, 28, Buffer.from('20010db8000000000000000000000001', 'hex'))]), {
          src: 'fd00::53',
          dst: 'fd00::1',
          srcPort: 53,
          dstPort: 4444,
        }),
        datagram(Buffer.from('x'), { src: 'fd00::1', dst: '2001:db8::1' }),
      ]),
    );
    expect(flows[1]!.udps).to.deep.equal({ dst_name: 'www.example.com' });
  });

  it('takes the answer that came last, and forgets what was not used', async () => {
    const told = (label: string, last: number): Uint8Array =>
      datagram(answer([a(192, 0, 2, last)], { labels: [label] }), { src: '10.0.0.53', dst: '10.0.0.1', srcPort: 53, dstPort: 4444 });
    const to = (last: number): Uint8Array => datagram(Buffer.from('x'), { src: '10.0.0.1', dst: `192.0.2.${last}` });
    const flows = await kept(
      [dstName({ names: 4 })],
      inTurn([told('old', 1), told('new', 1), told('b', 2), to(1), told('c', 3), told('d', 4), told('e', 5), to(2), to(5)]),
    );
    // The second flow is that of the answers.
    expect(flows.map(({ udps }) => (udps as DstNameColumns).dst_name)).to.deep.equal(['new', null, null, 'e']);
  });

  it('is an option of aggregate() and Streamer', async () => {
    const found = new Map<string, unknown>();
    for await (const flow of new Streamer({ source: fixture('office.pcap'), dissections: 0, dstName: true }))
      found.set(`${flow.dstIp}:${flow.dstPort}`, (flow as unknown as Record<string, unknown>)['dst_name']);
    expect(found.get('203.0.113.10:443')).to.equal('drive.google.com'); // the last of the names that the capture gives to this address
    expect(found.get('203.0.113.53:53')).to.equal(null);
    expect(() => new Streamer({ source: 'x', dstName: true, meters: 2 })).to.throw('for meters but received 2');
  });
});
