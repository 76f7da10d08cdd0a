import { expect } from 'chai';
import { dhcp, mdns, payload, reassembly, slicer, splt, tcpEnd, wavelet, type AnyPlugin, type PacketInput } from '../../../lib/index.js';
import { thorough } from '../../thorough.js';
import { dhcpMessage } from '../../../lib/plugins/shipped/dhcp-message.js';
import { dnsNames } from '../../../lib/plugins/shipped/dns-message.js';
import { packetsOf } from '../proofs.js';
import { fixture, kept } from './packets.js';

/** All of them. */
const all = (): AnyPlugin[] => [
  dhcp(),
  mdns(),
  payload({ bytes: 200 }),
  reassembly({ bytes: 500, gaps: 'fill' }),
  slicer({ packets: 50, bytes: 20_000, seconds: 5 }),
  splt({ packets: 20 }),
  tcpEnd(),
  wavelet({ levels: 4 }),
];

/** The packets, cut behind so many bytes, whose headers say that they are whole. */
function cut(packets: readonly PacketInput[], length: number): PacketInput[] {
  return packets.map((packet) => ({ ...packet, bytes: packet.bytes.subarray(0, length), wireLength: packet.wireLength ?? packet.bytes.length }));
}

/** The packets as ones that were sent so short: lengths of IP and UDP say so too. */
function sentShort(packets: readonly PacketInput[], payloadBytes: number): PacketInput[] {
  return packets.flatMap(({ bytes, wireLength: _, ...packet }) => {
    const ip = 14;
    const udp = ip + 20;
    if (bytes[12] !== 8 || bytes[ip] !== 0x45 || bytes[ip + 9] !== 17 || bytes.length < udp + 8) return [];
    const short = bytes.slice(0, udp + 8 + payloadBytes);
    const size = short.length - udp;
    short.set([((size + 20) >> 8) & 255, (size + 20) & 255], ip + 2);
    short.set([(size >> 8) & 255, size & 255], udp + 4);
    return [{ ...packet, bytes: short }];
  });
}

describe('plugins and hostile packets', () => {
  const captures: Record<string, PacketInput[]> = {};

  before(async () => {
    for (const name of ['dhcp.pcap', 'mdns.pcap', 'http.pcap', 'ipv6.pcap']) captures[name] = [...(await packetsOf(fixture(name)))].slice(0, 40);
  });

  for (const [name, longest] of [
    ['dhcp.pcap', 350],
    ['mdns.pcap', 400],
    ['http.pcap', 90],
    ['ipv6.pcap', 90],
  ] as const) {
    it(`live through the packets of ${name}, cut at ${thorough ? 'each' : 'every fifth'} length`, async () => {
      let flows = 0;
      for (let length = 0; length <= longest; length += thorough ? 1 : 5) flows += (await kept(all(), cut(captures[name]!, length))).length;
      expect(flows).to.be.above(10);
    });
  }

  for (const [name, columns] of [
    ['dhcp.pcap', ['dhcp_55', 'dhcp_12', 'dhcp_leased', 'dhcp_options']],
    ['mdns.pcap', ['mdns_ptr', 'mdns_queries', 'mdns_hosts']],
  ] as const) {
    it(`tell of messages of ${name} that were sent shorter what the whole ones begin with`, async () => {
      const inputs = captures[name]!.slice(0, 12);
      const longest = Math.max(...inputs.map(({ bytes }) => bytes.length)) - 42;
      const tell = async (packets: readonly PacketInput[]): Promise<(string | null)[][]> => {
        // A packet is a flow here: what is told is told of one message.
        const flows = await kept([slicer({ packets: 1 }), name === 'dhcp.pcap' ? dhcp() : mdns()], packets);
        return flows.map(({ udps }) => columns.map((column) => udps[column] as string | null));
      };
      const whole = await tell(sentShort(inputs, longest));
      let told = 0;
      for (let length = 0; length < longest; length += thorough ? 1 : 5) {
        const short = await tell(sentShort(inputs, length));
        expect(short.length).to.equal(whole.length);
        short.forEach((values, flow) =>
          values.forEach((value, column) => {
            if (value === null) return;
            told++;
            expect(`${whole[flow]![column] ?? ''},`, `${columns[column]} at ${length}`).to.satisfy((text: string) => text.startsWith(`${value},`));
          }),
        );
      }
      expect(told).to.be.above(100);
    });
  }

  it('read a message at each length without reading beyond it', () => {
    let read = 0;
    for (const { bytes } of [...captures['dhcp.pcap']!, ...captures['mdns.pcap']!]) {
      for (let length = 0; length <= bytes.length - 42; length++) {
        // What lies behind would change what is read.
        const [zeros, ones] = [0, 255].map((behind) => new Uint8Array(bytes.length).fill(behind));
        const views = [zeros!, ones!].map((memory) => (memory.set(bytes.subarray(42, 42 + length)), memory.subarray(0, length)));
        const [a, b] = views.map((view) => [dhcpMessage(view), [...dnsNames(view)]] as const);
        expect(a).to.deep.equal(b);
        if (a![0] !== null || a![1].length > 0) read++;
      }
    }
    expect(read).to.be.above(1000);
  });

  it('live through bytes that were changed', async () => {
    let state = 3;
    const random = (below: number): number => (state = (state * 48_271) % 0x7fffffff) % below;
    let flows = 0;
    for (let round = 0; round < (thorough ? 1000 : 40); round++) {
      const inputs = captures[['dhcp.pcap', 'mdns.pcap', 'http.pcap', 'ipv6.pcap'][round % 4]!]!;
      const damaged = inputs.map((packet) => {
        const bytes = packet.bytes.slice();
        for (let i = random(12); i > 0; i--) bytes[14 + random(bytes.length - 14)] = random(256);
        return { ...packet, bytes };
      });
      flows += (await kept(all(), damaged)).length;
    }
    expect(flows).to.be.above(200);
  });
});
