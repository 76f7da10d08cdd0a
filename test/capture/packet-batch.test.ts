import { inspect } from 'node:util';
import { expect } from 'chai';
import { captureFile, PacketBatch, type Packet } from '../../lib/capture/index.js';
import { ipText } from '../../lib/text/address-text.js';
import { ignoreReasons } from '../../lib/capture/ignore-reason.js';
import { ipVersionShift, recordBytes, recordOffset } from '../../lib/capture/packet-record.js';
import { FlowError } from '../../lib/errors.js';
import { be32, bytes, ethernet, ip, ipv4, ipv6, tcpFlag, tcpSegment } from '../../fixtures/make/build/packets.js';
import { pcap, Scratch, udpFrame } from './build-capture.js';

const tcp6 = Buffer.concat([
  Buffer.from([0x60, 0, 0, 0, 0, 27, 6, 64]),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('fe80000000000000000000000000abcd', 'hex'),
  Buffer.from([0x01, 0xbb, 0xc0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x60, 0x18, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]),
  Buffer.from('abc'),
]);

describe('PacketBatch', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  it('from() decodes packets from elsewhere', () => {
    const vlan = Buffer.concat([udpFrame().subarray(0, 12), Buffer.from([0x81, 0, 0x20, 0x2a]), udpFrame().subarray(12)]);
    const batch = PacketBatch.from([
      { bytes: vlan, timeMs: 1700000000123.456, wireLength: 1500 },
      { bytes: tcp6, timeNs: 1700000000123456789n, linkType: 101, interfaceId: 3 },
      { bytes: Buffer.from([1, 2, 3]), timeMs: 0 },
      { bytes: Buffer.alloc(60), timeMs: -1, linkType: 147 },
    ]);
    const [udp, tcp, short, user] = [...batch] as [Packet, Packet, Packet, Packet];
    expect(batch.length).to.equal(4);
    expect(udp).to.include({
      number: 1,
      file: null,
      timeMs: 1700000000123.456,
      timeNs: 1700000000123456000n,
      capturedLength: 50,
      wireLength: 1500,
      linkType: 1,
      linkTypeName: 'EN10MB',
    });
    expect(udp).to.include({
      ipVersion: 4,
      srcIp: '10.0.0.1',
      dstIp: '10.0.0.9',
      srcMac: '02:00:00:00:00:02',
      dstMac: '02:00:00:00:00:01',
      srcPort: 1000,
      dstPort: 53,
      protocol: 17,
    });
    expect(udp).to.include({ vlanId: 42, tunnelId: 0, tcpFlags: 0, ipSize: 32, transportSize: 12, payloadSize: 4, ignoreReason: null });
    expect(Buffer.from(udp.payload).toString()).to.equal('abcd');
    expect(tcp).to.include({
      number: 2,
      timeNs: 1700000000123456789n,
      ipVersion: 6,
      srcIp: '2001:db8::1',
      dstIp: 'fe80::abcd',
      srcMac: null,
      dstMac: null,
      srcPort: 443,
      dstPort: 49152,
    });
    expect(tcp).to.include({ protocol: 6, tcpFlags: 0x18, payloadSize: 3, interfaceId: 3, linkTypeName: 'RAW' });
    expect(Buffer.from(tcp.payload).toString()).to.equal('abc');
    expect(short).to.include({ ignoreReason: 'truncated', ipVersion: 0, srcIp: null, srcPort: 0 });
    expect(short.payload).to.have.length(0);
    expect(user).to.include({ ignoreReason: 'link_type', linkTypeName: null, timeMs: -1, srcMac: null });
    expect(batch.at(4)).to.equal(undefined);
    expect(batch.at(-1)!.number).to.equal(4);
  });

  it('has sizes beyond 16 bits, and all of a payload', () => {
    const payload = Buffer.alloc(100_000, 0x61);
    const ends = { src: '2001:db8::1', dst: '2001:db8::2', srcPort: 1000, dstPort: 80 };
    const segment = tcpSegment(ends, tcpFlag.ack, 1, 1, payload);
    const jumbo = bytes(ip.tcp, 0, 0xc2, 4, be32(8 + segment.length), segment);
    for (const [frame, headers] of [
      [ethernet(ipv4('10.0.0.1', '10.0.0.2', ip.tcp, segment, { totalLength: 0 })), 20],
      [ethernet(ipv6(ends.src, ends.dst, ip.tcp, segment, 0)), 40],
      [ethernet(ipv6(ends.src, ends.dst, ip.hopByHop, jumbo, 0)), 48],
    ] as const) {
      const packet = PacketBatch.from([{ bytes: frame, timeMs: 0 }]).at(0)!;
      expect(packet).to.include({ ipSize: headers + 100_020, transportSize: 100_020, payloadSize: 100_000, srcPort: 1000, ignoreReason: null });
      expect(Buffer.from(packet.payload).equals(payload)).to.equal(true);
    }
  });

  it('from() takes the packets of another batch', () => {
    const batch = PacketBatch.from([
      { bytes: udpFrame(1), timeMs: 5 },
      { bytes: udpFrame(2), timeMs: 6 },
    ]);
    const copy = PacketBatch.from([...batch].reverse());
    expect([...copy].map((packet) => [packet.srcPort, packet.timeMs])).to.deep.equal([
      [2, 6],
      [1, 5],
    ]);
  });

  it('from() refuses what is no packet', () => {
    const bytes = udpFrame();
    for (const [packet, name] of [
      [null, 'packet 0'],
      [{ bytes: 'text', timeMs: 1 }, 'bytes'],
      [{ bytes }, 'timeMs'],
      [{ bytes, timeMs: NaN }, 'timeMs'],
      [{ bytes, timeNs: 5 }, 'timeNs'],
      [{ bytes, timeMs: 1, linkType: -1 }, 'linkType'],
      [{ bytes, timeMs: 1, linkType: 65536 }, 'linkType'],
      [{ bytes, timeMs: 1, wireLength: 1.5 }, 'wireLength'],
      [{ bytes, timeMs: 1, wireLength: 2 }, 'wireLength'],
      [{ bytes, timeNs: 2n ** 63n }, 'timeNs'],
      [{ bytes, timeNs: -(2n ** 63n) - 1n }, 'timeNs'],
      [{ bytes, timeMs: 1e16 }, 'timeMs'],
      [{ bytes: Buffer.alloc(262145), timeMs: 1 }, 'bytes'],
    ] as const) {
      expect(() => PacketBatch.from([packet as never]))
        .to.throw(FlowError, name)
        .with.property('code')
        .that.matches(/^ERR_NFSTREAM_OPTION_/);
    }
    expect(PacketBatch.from([]).length).to.equal(0);
  });

  it('does not look into tunnels when it shall not', () => {
    const batch = PacketBatch.from([{ bytes: udpFrame(), timeMs: 0 }], { decodeTunnels: false });
    expect(batch.decodeTunnels).to.equal(false);
    expect(batch.filter(() => true).decodeTunnels).to.equal(false);
  });

  it('looks into the tunnels that are named, and tells which it was', () => {
    const vxlan = Buffer.concat([
      Buffer.from('4500006000000000401100000a0000010a000009c35012b5004c0000080000000000070000', 'hex').subarray(0, 36),
      udpFrame(5),
    ]);
    vxlan.writeUInt16BE(vxlan.length, 2);
    vxlan.writeUInt16BE(vxlan.length - 20, 24);
    const packets = [{ bytes: vxlan, timeMs: 0, linkType: 101 }];
    expect(PacketBatch.from(packets, { decodeTunnels: ['vxlan'] }).at(0)).to.include({ srcPort: 5, tunnelId: 5, tunnelVni: 7, srcMac: '02:00:00:00:00:02' });
    expect(PacketBatch.from(packets, { decodeTunnels: 'all' }).at(0)).to.include({ srcPort: 5, tunnelId: 5, laterFragment: false });
    expect(PacketBatch.from(packets).at(0)).to.include({ dstPort: 4789, tunnelId: 0, tunnelVni: 0 });
    expect(PacketBatch.from(packets, { decodeTunnels: ['gre'] }).at(0)).to.include({ dstPort: 4789 });
  });

  it('relates later fragments to their first one within the batch', () => {
    const part = (fragment: string, payload: string): { bytes: Buffer; timeMs: number; linkType: number } => {
      const bytes = Buffer.from(`4500000000070000401100000a0000010a000009${payload}`, 'hex');
      bytes.writeUInt16BE(bytes.length, 2);
      bytes.write(fragment, 6, 'hex');
      return { bytes, timeMs: 0, linkType: 101 };
    };
    const parts = [part('2000', `03e8003500140000${'61'.repeat(8)}`), part('0002', '62636465')];
    const [first, later] = [...PacketBatch.from(parts, { fragments: 'count' })] as [Packet, Packet];
    expect(first).to.include({ laterFragment: false, srcPort: 1000, payloadSize: 8 });
    expect(later).to.include({
      laterFragment: true,
      ignoreReason: null,
      srcPort: 1000,
      dstPort: 53,
      protocol: 17,
      ipSize: 24,
      transportSize: 4,
      payloadSize: 4,
      tcpFlags: 0,
    });
    expect(Buffer.from(later.payload).toString()).to.equal('bcde');
    expect(PacketBatch.from(parts).at(1)).to.include({ laterFragment: false, ignoreReason: 'fragment', srcPort: 0 });
    expect(PacketBatch.from([...parts].reverse(), { fragments: 'count' }).at(0)).to.include({ ignoreReason: 'fragment' });
  });

  it('from() refuses options that it has not', () => {
    expect(() => PacketBatch.from([], { filter: 'tcp' } as never)).to.throw(FlowError, /no option filter here/);
    expect(() => PacketBatch.from([], { fragments: 'all' } as never)).to.throw(FlowError, /fragments but received "all"/);
    expect(() => PacketBatch.from([], null as never)).to.throw(FlowError, /an object for the options/);
  });

  it('filter() gives the packets that are wanted, over the same memory', () => {
    const batch = PacketBatch.from([1, 2, 3, 4].map((port) => ({ bytes: udpFrame(port), timeMs: port })));
    const odd = batch.filter((packet, index) => packet.srcPort % 2 === 1 && index < 3);
    expect([...odd].map((packet) => [packet.srcPort, packet.number])).to.deep.equal([
      [1, 1],
      [3, 3],
    ]);
    expect(odd.slab).to.equal(batch.slab);
    expect(odd.data).to.equal(batch.data);
    expect(odd.records).to.have.length(2 * recordBytes);
    expect(odd.records.byteOffset % 8).to.equal(0);
  });

  it('gives its memory back at the last release, and every use then throws', () => {
    const batch = PacketBatch.from([{ bytes: udpFrame(), timeMs: 0 }]);
    const [packet] = [...batch];
    const kept = batch.filter(() => true);
    batch.claim();
    kept.claim();
    batch.release();
    expect(packet!.srcPort).to.equal(1000);
    kept.release();
    const uses = [
      () => batch.data,
      () => batch.records,
      () => batch.slab,
      () => batch.at(0),
      () => [...batch],
      () => batch.filter(() => true),
      () => batch.claim(),
      () => batch.release(),
    ];
    for (const use of [...uses, () => kept.records, () => packet!.srcPort, () => packet!.bytes, () => packet!.timeNs, () => inspect(packet)]) {
      expect(use).to.throw(FlowError).with.property('code', 'ERR_NFSTREAM_BATCH_RELEASED');
    }
    expect(batch.length).to.equal(1);
  });

  it('refuses a release without a claim', () => {
    const batch = PacketBatch.from([{ bytes: udpFrame(), timeMs: 0 }]);
    expect(() => batch.release()).to.throw(FlowError, 'without being claimed');
    expect(batch.at(0)!.srcPort).to.equal(1000);
  });

  it('a source reuses the memory of batches that were released, and no other', async () => {
    const path = scratch.write('big.pcap', pcap(60000, 0, Buffer.alloc(450, 7)));
    const seen = new Set<ArrayBuffer>();
    let batches = 0;
    for await (const batch of captureFile(path)) {
      batch.claim();
      seen.add(batch.slab);
      batches++;
      batch.release();
    }
    expect(batches).to.be.above(6);
    expect(seen.size).to.be.at.most(4);
    const kept = (await captureFile(path).toArray()) as PacketBatch[];
    expect(new Set(kept.map((batch) => batch.slab)).size).to.equal(kept.length);
    expect(kept.flatMap((batch) => [...batch].map((packet) => packet.srcPort))).to.deep.equal(Array.from({ length: 60000 }, (_, i) => i + 1));
  });

  it('reads records that were overwritten without leaving its memory', () => {
    const batch = PacketBatch.from([{ bytes: udpFrame(), timeMs: 0 }]);
    batch.records.fill(0xff);
    batch.records[recordOffset.tunnelAndIp] = 4 << ipVersionShift;
    const packet = batch.at(0)!;
    expect(packet.bytes).to.have.length(0);
    expect(packet.payload).to.have.length(0);
    expect(packet).to.include({ srcIp: null, dstIp: null, srcMac: null, ignoreReason: null });
    expect(inspect(packet)).to.include('Packet');
  });

  it('prints packets readably', () => {
    const text = inspect(PacketBatch.from([{ bytes: udpFrame(), timeMs: 0 }]).at(0));
    expect(text)
      .to.match(/^Packet \{/)
      .and.to.include("srcIp: '10.0.0.1'")
      .and.to.include('dstPort: 53');
    expect(inspect(PacketBatch.from([{ bytes: Buffer.alloc(3), timeMs: 0 }]).at(0))).to.include("ignoreReason: 'truncated'");
  });
});

describe('IP addresses as text', () => {
  for (const [hex, text] of [
    ['0a000001', '10.0.0.1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000000', '2001:db8::'],
    ['20010db8000100000000000000010001', '2001:db8:1::1:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['fe800000000000000202b3fffe1e8329', 'fe80::202:b3ff:fe1e:8329'],
    ['00000000000000000000ffffc0000280', '::ffff:192.0.2.128'],
    ['000100020003000400050006000700ff', '1:2:3:4:5:6:7:ff'],
  ] as const) {
    it(text, () => expect(ipText(Buffer.from(hex, 'hex'))).to.equal(text));
  }
});

describe('ignore reasons', () => {
  it('have the numbers that the engine gives', () => {
    const reasonOf = (bytes: Buffer, linkType = 1): string | null => PacketBatch.from([{ bytes, timeMs: 0, linkType }]).at(0)!.ignoreReason;
    const ip = (change: (packet: Buffer) => void): Buffer => {
      const packet = Buffer.from(udpFrame());
      change(packet);
      return packet;
    };
    expect(reasonOf(Buffer.alloc(60), 147)).to.equal('link_type');
    expect(reasonOf(udpFrame().subarray(0, 20))).to.equal('truncated');
    expect(reasonOf(ip((packet) => packet.writeUInt16BE(0x0806, 12)))).to.equal('not_ip');
    expect(reasonOf(ip((packet) => packet.writeUInt8(0x41, 14)))).to.equal('malformed');
    expect(reasonOf(ip((packet) => packet.writeUInt16BE(5, 20)))).to.equal('fragment');
    expect(ignoreReasons[0]).to.equal('none');
  });
});
