import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { captureFile, PacketBatch } from '../../lib/index.js';
import { Checksums, type ChecksumFindings } from '../../lib/check/checksums.js';
import { be16, bytes, ethernet, ip, ipv4, ipv6, tcp, tcpFlag, tcpSegment, udp, udpSegment, type Ends } from '../../fixtures/make/build/packets.js';
import { ends4, ends6 } from '../../fixtures/make/build/conversations.js';
import { thorough } from '../thorough.js';
import { sharedCaptures } from '../shared.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const none: ChecksumFindings = { checked: 0, wrong: 0, ipv4: 0, tcp: 0, udp: 0, offloaded: 0 };

function checksOf(frame: Uint8Array, wireLength = frame.length): ChecksumFindings {
  const checks = new Checksums();
  checks.add(PacketBatch.from([{ bytes: frame, timeMs: 0, wireLength }], { fragments: 'count' }));
  return checks.report();
}

/** A frame with some bytes that are others than before: at these places behind the Ethernet header. */
function changed(packet: Buffer, ...places: [at: number, value: number][]): Buffer {
  const frame = Buffer.from(ethernet(packet));
  for (const [at, value] of places) frame.writeUInt16BE(value, 14 + at);
  return frame;
}

/** The sum of the pseudo-header alone, as Linux leaves it. */
function left(ends: Ends, protocol: number, segment: Buffer): Buffer {
  const empty = Buffer.alloc(segment.length);
  const whole = protocol === ip.tcp ? tcpSegment(ends, 0, 0, 0) : udpSegment(ends, Buffer.alloc(0));
  const at = protocol === ip.tcp ? 16 : 6;
  // Of a segment of zeros with this length the checksum is that of the pseudo-header, complemented.
  const address = (text: string): number[] => (text.includes(':') ? [...ipv6(text, text, 0, empty).subarray(8, 24)] : text.split('.').map(Number));
  const pseudo = bytes(address(ends.src), address(ends.dst), be16(0), be16(segment.length), be16(0), be16(protocol));
  let sum = 0;
  for (let i = 0; i < pseudo.length; i += 2) sum += pseudo.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  expect(whole.length).to.be.above(at);
  const made = Buffer.from(segment);
  made.writeUInt16BE(sum, at);
  return made;
}

describe('checksums of packets', () => {
  const payload = Buffer.from('abcde');
  const right = { ...none, checked: 1 };
  const fragmentHeader = (field: number): Buffer => bytes(ip.udp, 0, be16(field), 0, 0, 0, 1);
  const routingHeader = (segmentsLeft: number): Buffer => bytes(ip.udp, 2, 0, segmentsLeft, 0, 0, 0, 0, Buffer.alloc(16, 9));
  const cases: [what: string, frame: Buffer, findings: ChecksumFindings, wireLength?: number][] = [
    ['TCP over IPv4', ethernet(tcp(ends4, tcpFlag.ack, 1, 2, payload)), right],
    ['TCP over IPv6', ethernet(tcp(ends6, tcpFlag.ack, 1, 2, payload)), right],
    ['UDP over IPv4', ethernet(udp(ends4, payload)), right],
    ['UDP over IPv6', ethernet(udp(ends6, payload)), right],
    ['padding behind the IP packet', bytes(ethernet(udp(ends4, payload)), Buffer.alloc(13, 7)), right],
    ['another protocol', ethernet(ipv4(ends4.src, ends4.dst, 99, payload)), right],
    ['options of IPv4', ethernet(ipv4(ends4.src, ends4.dst, ip.udp, udpSegment(ends4, payload), { options: bytes(1, 1, 1, 0) })), right],
    ['ARP', ethernet(Buffer.alloc(28), 0x0806), none],
    ['a wrong header of IPv4', changed(udp(ends4, payload), [4, 0x7777]), { ...right, wrong: 1, ipv4: 1 }],
    ['a header of IPv4 that was left out', changed(udp(ends4, payload), [10, 0]), { ...right, wrong: 1, ipv4: 1, offloaded: 1 }],
    ['a wrong segment', changed(tcp(ends4, 0, 1, 2, payload), [24, 5]), { ...right, wrong: 1, tcp: 1 }],
    ['a wrong datagram', changed(udp(ends6, payload), [40 + 8, 5]), { ...right, wrong: 1, udp: 1 }],
    ['a datagram without a checksum', changed(udp(ends4, payload), [26, 0]), right],
    ['a datagram of IPv6 without a checksum', changed(udp(ends6, payload), [46, 0]), none],
    ['all wrong', changed(tcp(ends4, 0, 1, 2, payload), [4, 0x7777], [24, 5]), { ...right, wrong: 1, ipv4: 1, tcp: 1 }],
    [
      'a segment that was left for the network card',
      ethernet(ipv4(ends4.src, ends4.dst, ip.tcp, left(ends4, ip.tcp, tcpSegment(ends4, 0, 1, 2, payload)))),
      { ...right, wrong: 1, tcp: 1, offloaded: 1 },
    ],
    [
      'a datagram that was left for the network card',
      ethernet(ipv6(ends6.src, ends6.dst, ip.udp, left(ends6, ip.udp, udpSegment(ends6, payload)))),
      { ...right, wrong: 1, udp: 1, offloaded: 1 },
    ],
    ['a first fragment', ethernet(ipv4(ends4.src, ends4.dst, ip.udp, Buffer.alloc(16, 1), { moreFragments: true })), right],
    ['a later fragment', ethernet(ipv4(ends4.src, ends4.dst, ip.udp, Buffer.alloc(16, 1), { fragmentOffset: 3 })), none],
    ['a first fragment of IPv6', ethernet(ipv6(ends6.src, ends6.dst, ip.fragment, bytes(fragmentHeader(1), udpSegment(ends6, payload)))), none],
    ['an atomic fragment', ethernet(ipv6(ends6.src, ends6.dst, ip.fragment, bytes(fragmentHeader(0), udpSegment(ends6, payload)))), right],
    ['a route through others', ethernet(ipv6(ends6.src, ends6.dst, ip.routing, bytes(routingHeader(1), udpSegment(ends6, payload)))), none],
    ['a route that is at its end', ethernet(ipv6(ends6.src, ends6.dst, ip.routing, bytes(routingHeader(0), udpSegment(ends6, payload)))), right],
    ['a source route of IPv4', ethernet(ipv4(ends4.src, ends4.dst, ip.udp, Buffer.alloc(16, 1), { options: bytes(1, 131, 7, 4, 9, 9, 9, 9) })), right],
    [
      'options of IPv4 that contradict themselves',
      ethernet(ipv4(ends4.src, ends4.dst, ip.udp, udpSegment(ends4, payload), { options: bytes(7, 0, 7, 255) })),
      right,
    ],
    ['a segment of which the end is missing', ethernet(tcp(ends4, 0, 1, 2, payload)).subarray(0, -1), right, 60],
    ['a length of UDP beyond its packet', ethernet(ipv4(ends4.src, ends4.dst, ip.udp, udpSegment(ends4, payload, 99))), right],
  ];
  for (const [what, frame, findings, wireLength] of cases)
    it(`of ${what}`, () => expect(checksOf(Buffer.from(frame), wireLength ?? frame.length)).to.deep.equal(findings));

  it('read nothing beyond what was captured, however it is cut', () => {
    for (const frame of [
      tcp(ends4, 0, 1, 2, payload),
      udp(ends6, payload),
      ipv6(ends6.src, ends6.dst, ip.routing, bytes(routingHeader(0), udpSegment(ends6, payload))),
    ])
      for (let length = 14; length < frame.length; length++)
        for (let at = 0; at < length; at += 3) {
          const cut = Buffer.from(ethernet(frame).subarray(0, length));
          cut[at] = 0xff;
          expect(checksOf(cut, frame.length + 14).checked).to.be.below(2);
        }
  });

  it('are those that tshark finds wrong', async function () {
    if (spawnSync('tshark', ['--version']).status !== 0) {
      console.log('      not tried: there is no tshark here');
      return this.skip();
    }
    const folder = sharedCaptures;
    // Not those of which it checks packets inside or outside of ours, or takes a length for the frame's where IP tells another.
    const others = new Set(['ajp.pcap', 'fuzz-2006-09-29-28586.pcap', 'ndpi_match_string_subprotocol__error.pcapng', 'reasm_crash_anon.pcapng']);
    for (const name of ['telnet.pcap', 'tls_invalid_reads.pcap', 'vxlan.pcap']) others.add(name);
    const shared = thorough && existsSync(folder) ? readdirSync(folder).filter((name, index) => index % 30 === 0 && !others.has(name)) : [];
    for (const file of [...['loopback.pcap', 'snaplen96.pcap', 'dhcp.pcap'].map(fixture), ...shared.map((name) => join(folder, name))]) {
      const checks = new Checksums();
      for await (const batch of captureFile(file, { fragments: 'count' })) checks.add(batch);
      const preferences = ['tcp.check_checksum', 'ip.check_checksum', 'udp.check_checksum'].flatMap((one) => ['-o', `${one}:TRUE`]);
      const whole = ['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE'];
      const fields = ['ip.checksum.status', 'tcp.checksum.status', 'udp.checksum.status', 'frame.protocols'].flatMap((field) => ['-e', field]);
      const { stdout } = spawnSync('tshark', ['-n', '-r', file, ...preferences, ...whole, '-T', 'fields', ...fields], { encoding: 'utf8', maxBuffer: 1e9 });
      const rows = stdout.split('\n').map((line) => line.split('\t'));
      const bad = (column: number): number => rows.filter((row) => ofInnermost(row[column] ?? '', row[3] ?? '', column === 0) === '0').length;
      const { ipv4, tcp: ofTcp, udp: ofUdp } = checks.report();
      expect([ipv4, ofTcp, ofUdp], file).to.deep.equal([bad(0), bad(1), bad(2)]);
    }
  });
});

/** Of a packet's checksums the one that is ours: the last, but none of a packet that an error of ICMP quotes. */
function ofInnermost(statuses: string, protocols: string, isOfIp: boolean): string {
  const all = statuses.split(',');
  return protocols.includes('icmp') ? (isOfIp ? all[0]! : '') : all.at(-1)!;
}
