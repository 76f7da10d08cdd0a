import { expect } from 'chai';
import { dhcp, Streamer, type DhcpColumns } from '../../../lib/index.js';
import { fieldsOf, message, numbers, text, type Message } from './dhcp-messages.js';
import { capture, datagram, fixture, inTurn, kept } from './packets.js';

const client = { src: '10.0.0.7', dst: '10.0.0.1', srcPort: 68, dstPort: 67 };
const server = { src: '10.0.0.1', dst: '10.0.0.7', srcPort: 67, dstPort: 68 };

/** What is told of a flow of these messages, without what is null. */
async function told(messages: readonly Message[], ports: Partial<typeof client> = client): Promise<Partial<DhcpColumns>[]> {
  const flows = await kept([dhcp({ split: false })], inTurn(messages.map((one) => datagram(message(one), one.reply === true ? server : ports))));
  return flows.map(({ udps }) => Object.fromEntries(Object.entries(udps as DhcpColumns).filter(([, value]) => value !== null)));
}

const type = (value: number): [number, Uint8Array] => [53, numbers(value)];

describe('dhcp()', () => {
  const cases: readonly (readonly [what: string, messages: Message[], expected: Partial<DhcpColumns>])[] = [
    [
      'what a client says',
      [
        {
          hardware: '00:0b:82:01:fc:42',
          options: [
            type(3),
            [55, numbers(1, 3, 6, 42)],
            [50, numbers(192, 168, 0, 10)],
            [12, text('tv')],
            [57, numbers(2, 64)],
            [60, text('MSFT 5.0')],
            [77, text('lab')],
            [54, numbers(10, 0, 0, 1)],
          ],
        },
      ],
      {
        dhcp_msg_type: 'REQUEST',
        dhcp_messages: 'REQUEST',
        dhcp_options: '53,55,50,12,57,60,77,54',
        dhcp_55: '1,3,6,42',
        dhcp_50: '192.168.0.10',
        dhcp_oui: '00:0b:82',
        dhcp_12: 'tv',
        dhcp_57: 576,
        dhcp_60: 'MSFT 5.0',
        dhcp_77: 'lab',
        dhcp_server: '10.0.0.1',
      },
    ],
    [
      'an exchange: the fingerprint of the last REQUEST, the lease of the ACK',
      [
        { options: [type(1), [55, numbers(1, 2)]] },
        { reply: true, your: '10.0.0.50', options: [type(2), [54, numbers(10, 0, 0, 1)], [51, numbers(0, 0, 14, 16)]] },
        { clientAddress: '10.0.0.7', options: [type(3), [55, numbers(3)]] },
        { reply: true, your: '10.0.0.51', options: [type(5), [51, numbers(0, 1, 0, 0)]] },
        { options: [type(8), [55, numbers(9)]] },
      ],
      {
        dhcp_msg_type: 'DISCOVER',
        dhcp_messages: 'DISCOVER,OFFER,REQUEST,ACK,INFORM',
        dhcp_options: '53,55',
        dhcp_55: '3',
        dhcp_addr: '10.0.0.7',
        dhcp_oui: '02:00:00',
        dhcp_server: '10.0.0.1',
        dhcp_leased: '10.0.0.51',
        dhcp_lease_seconds: 65536,
      },
    ],
    [
      'a REQUEST that lacks what the message before it had',
      [{ options: [type(1), [55, numbers(1)], [50, numbers(1, 2, 3, 4)]] }, { options: [type(3)] }],
      { dhcp_msg_type: 'DISCOVER', dhcp_messages: 'DISCOVER,REQUEST', dhcp_options: '53', dhcp_oui: '02:00:00' },
    ],
    ['a message without a type (BOOTP with the cookie)', [{ options: [[12, text('old')]] }], { dhcp_options: '12', dhcp_oui: '02:00:00', dhcp_12: 'old' }],
    [
      'types beyond those of RFC 2132',
      [{ options: [type(9)] }, { options: [type(200)] }, { options: [type(0)] }],
      { dhcp_msg_type: 'FORCERENEW', dhcp_messages: 'FORCERENEW,200,0', dhcp_options: '53', dhcp_oui: '02:00:00' },
    ],
    [
      'no more than 16 types',
      Array.from({ length: 20 }, () => ({ options: [type(1)] })),
      { dhcp_msg_type: 'DISCOVER', dhcp_messages: Array(16).fill('DISCOVER').join(), dhcp_options: '53', dhcp_oui: '02:00:00' },
    ],
    [
      'options in pieces (RFC 3396)',
      [{ options: [type(1), [12, text('living')], [12, text('-room')], [55, numbers(1)], [55, numbers(2)]] }],
      { dhcp_msg_type: 'DISCOVER', dhcp_messages: 'DISCOVER', dhcp_options: '53,12,12,55,55', dhcp_55: '1,2', dhcp_oui: '02:00:00', dhcp_12: 'living-room' },
    ],
    [
      'options that go on in the fields of file and server',
      [{ options: [type(1), [52, numbers(3)]], file: fieldsOf([12, text('desk')]), serverName: fieldsOf([60, text('x')]) }],
      { dhcp_msg_type: 'DISCOVER', dhcp_messages: 'DISCOVER', dhcp_options: '53,52,12,60', dhcp_oui: '02:00:00', dhcp_12: 'desk', dhcp_60: 'x' },
    ],
    [
      'no options in these fields when nothing says so',
      [{ options: [type(1)], file: fieldsOf([12, text('desk')]) }],
      { dhcp_msg_type: 'DISCOVER', dhcp_messages: 'DISCOVER', dhcp_options: '53', dhcp_oui: '02:00:00' },
    ],
    [
      'names without the NULs behind them, and with U+FFFD for what is no UTF-8',
      [{ options: [type(1), [12, text('pc\0\0')], [60, numbers(0x61, 0xff, 0x62)], [77, text('\0')]] }],
      { dhcp_msg_type: 'DISCOVER', dhcp_messages: 'DISCOVER', dhcp_options: '53,12,60,77', dhcp_oui: '02:00:00', dhcp_12: 'pc', dhcp_60: 'a\ufffdb' },
    ],
    [
      'nothing of options of a wrong length',
      [
        {
          options: [
            [53, numbers(1, 1)],
            [50, numbers(1, 2, 3)],
            [57, numbers(1)],
            [54, numbers()],
            [55, numbers()],
          ],
          hardwareLength: 2,
        },
      ],
      { dhcp_options: '53,50,57,54,55' },
    ],
    [
      'no lease of a NAK',
      [{ options: [type(3)] }, { reply: true, your: '10.0.0.9', options: [type(6)] }],
      { dhcp_msg_type: 'REQUEST', dhcp_messages: 'REQUEST,NAK', dhcp_options: '53', dhcp_oui: '02:00:00' },
    ],
    [
      'names of the client, not of the server',
      [{ reply: true, options: [type(2), [12, text('given')], [60, text('PXEServer')]] }],
      { dhcp_msg_type: 'OFFER', dhcp_messages: 'OFFER' },
    ],
  ];
  for (const [what, messages, expected] of cases) {
    it(`tells ${what}`, async () => {
      expect(await told(messages)).to.deep.equal([expected]);
    });
  }

  const none: readonly (readonly [what: string, payload: Uint8Array, ports: Partial<typeof client>])[] = [
    ['what has no magic cookie', message({ options: [type(1)] }).fill(0, 236, 240), client],
    ['what is on other ports', message({ options: [type(1)] }), { ...client, dstPort: 6767 }],
    ['what is over IPv6', message({ options: [type(1)] }), { ...client, src: 'fd00::1', dst: 'fd00::2' }],
    ['no payload', new Uint8Array(0), client],
  ];
  for (const [what, payload, ports] of none) {
    it(`tells nothing of ${what}`, async () => {
      const [flow] = await kept([dhcp()], inTurn([datagram(payload, ports)]));
      expect(Object.values(flow!.udps as object).filter((value) => value !== null)).to.deep.equal([]);
    });
  }

  const splits: readonly (readonly [what: string, types: readonly [number, boolean][], from: string, flows: string[]])[] = [
    [
      'behind ACK, NAK, INFORM and DECLINE',
      [
        [3, false],
        [5, true],
        [3, false],
        [6, true],
        [8, false],
        [4, false],
        [7, false],
        [1, false],
      ],
      client.src,
      ['REQUEST,ACK', 'REQUEST,NAK', 'INFORM', 'DECLINE', 'RELEASE,DISCOVER'],
    ],
    [
      'every message from 0.0.0.0',
      [
        [1, false],
        [1, false],
        [3, false],
      ],
      '0.0.0.0',
      ['DISCOVER', 'DISCOVER', 'REQUEST'],
    ],
  ];
  for (const [what, types, src, flows] of splits) {
    const packets = inTurn(types.map(([number, reply]) => datagram(message({ reply, options: [type(number)] }), reply ? server : { ...client, src })));
    it(`ends flows ${what}`, async () => {
      expect((await kept([dhcp()], packets)).map(({ udps }) => udps.dhcp_messages)).to.deep.equal(flows);
    });
    it(`leaves them whole with split: false: ${what}`, async () => {
      expect((await kept([dhcp({ split: false })], packets)).map(({ packets: count }) => count)).to.deep.equal([types.length]);
    });
  }

  it('tells the exchanges of dhcp.pcap', async () => {
    const told: unknown[] = [];
    for await (const { udps } of new Streamer({ source: fixture('dhcp.pcap'), dissections: 0, plugins: [dhcp()] }))
      told.push([udps.dhcp_messages, udps.dhcp_55, udps.dhcp_12, udps.dhcp_50, udps.dhcp_leased]);
    expect(told).to.deep.equal([
      ['DISCOVER', '1,3,6,12,15,28,42', 'living-room-tv', null, null],
      ['DISCOVER', '1,3,6,12,15,28,42', 'living-room-tv', null, null],
      ['REQUEST', '1,3,6,12,15,28,42', 'living-room-tv', '192.168.1.108', null],
      ['OFFER,OFFER,ACK', null, null, null, '192.168.1.108'],
      ['DISCOVER', '1,28,2,3,15,6,12', null, null, null],
      ['REQUEST', '1,28,2,3,15,6,12', null, '192.168.1.113', null],
      ['OFFER,ACK', null, null, null, '192.168.1.113'],
    ]);
  });

  it("makes three flows of the dhcp.pcap of nDPI's captures, as nfstream's plugin does", async () => {
    const source = capture('dhcp.pcap');
    if (source === null) return;
    const told: unknown[] = [];
    for await (const { udps } of new Streamer({ source, dissections: 0, plugins: [dhcp()] }))
      told.push([udps.dhcp_msg_type, udps.dhcp_options, udps.dhcp_55, udps.dhcp_50]);
    expect(told).to.deep.equal([
      ['DISCOVER', '53,61,50,55', '1,3,6,42', null],
      ['REQUEST', '53,61,50,54,55', '1,3,6,42', '192.168.0.10'],
      ['OFFER', null, null, null],
    ]);
  });

  it('refuses a split that is neither true nor false', () => {
    expect(() => dhcp({ split: 'yes' as never }))
      .to.throw(/true or false for split of dhcp\(\) but received "yes"/)
      .with.property('code', 'ERR_NFSTREAM_OPTION_TYPE');
  });
});
