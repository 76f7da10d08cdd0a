import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { findingsOf } from '../../lib/check/advice.js';
import { checkCaptures } from '../../lib/check/check-captures.js';
import { nfstream } from '../cli/in-process.js';
import { ethernet, tcp, tcpFlag, udp } from '../../fixtures/make/build/packets.js';
import { pcapHeader, pcapRecord, Scratch, udpFrame } from '../capture/build-capture.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

describe('nfstream check', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());
  let files = 0;
  const write = (...records: Buffer[]): string => scratch.write(`${files++}.pcap`, Buffer.concat([pcapHeader(), ...records]));

  /** A record that was captured in part. */
  function cut(seconds: number, frame: Buffer, bytes: number): Buffer {
    const record = pcapRecord(seconds, frame.subarray(0, bytes));
    record.writeUInt32LE(frame.length, 12);
    return record;
  }

  const segment = (srcPort: number, flags: number): Buffer =>
    Buffer.concat([udpFrame().subarray(0, 14), tcp({ src: '10.0.0.1', dst: '10.0.0.2', srcPort, dstPort: 80 }, flags, 1, 0, Buffer.alloc(0))]);

  /** A frame with checksums, which are right unless bytes of its payload are changed. */
  function sound(srcPort: number, damage = 0): Buffer {
    const frame = Buffer.from(ethernet(udp({ src: '10.0.0.1', dst: '10.0.0.9', srcPort, dstPort: 53 }, Buffer.alloc(4))));
    frame[42] = damage;
    return frame;
  }

  const cases: [what: string, capture: () => string | string[], findings: [name: string, what: RegExp][]][] = [
    ['a capture that is well', () => write(pcapRecord(1, sound(1)), pcapRecord(2, sound(2))), []],
    ['one without packets', () => write(), []],
    [
      'packets out of order',
      () => write(pcapRecord(5, udpFrame(1)), pcapRecord(3, udpFrame(2)), pcapRecord(6, udpFrame(3))),
      [['order', /^1 packet out of order, by up to 2\.00 s; the first is packet 2\.$/]],
    ],
    ['packets that were cut', () => write(cut(1, udpFrame(1, Buffer.alloc(100)), 60)), [['cut', /^1 packet cut by a snapshot length, 82 B missing\.$/]]],
    [
      'packets that are there twice',
      () => write(pcapRecord(1, udpFrame(1)), pcapRecord(1, udpFrame(1)), pcapRecord(2, udpFrame(1))),
      [['duplicates', /^1 packet \(33\.3 %\)/]],
    ],
    [
      'connections that nobody answers',
      () => write(pcapRecord(1, segment(1, tcpFlag.syn)), pcapRecord(2, segment(1, tcpFlag.syn))),
      [['one-sided', /^1 of 1 TCP flow \(100\.0 %\)/]],
    ],
    [
      'frames that are too long',
      () => write(pcapRecord(1, udpFrame(1, Buffer.alloc(3000)))),
      [['oversized', /^1 packet longer than a frame of Ethernet, up to 3\.0 kB/]],
    ],
    [
      'a gap',
      () => write(pcapRecord(1, udpFrame(1)), pcapRecord(3701, udpFrame(2))),
      [['gaps', /^1 gap of more than a minute without a packet, the longest of 1h 01m before packet 2\.$/]],
    ],
    ['the time between two captures, which is no gap', () => [write(pcapRecord(1, sound(1))), write(pcapRecord(3701, sound(2)))], []],
    [
      'a gap in the second of two captures, which is before the first',
      () => [
        write(pcapRecord(9000, sound(1))),
        scratch.write('second.pcap', Buffer.concat([pcapHeader(), pcapRecord(1, sound(1)), pcapRecord(3701, sound(2))])),
      ],
      [
        ['order', /^2 packets out of order, by up to 2h 29m; the first is packet 1 of \S+second\.pcap\.$/],
        ['gaps', /^1 gap of more than a minute without a packet, the longest of 1h 01m before packet 2 of \S+second\.pcap\.$/],
      ],
    ],
    [
      'a file that was cut off',
      () => scratch.write('cut.pcap', readFileSync(write(pcapRecord(1, udpFrame(1)), pcapRecord(2, udpFrame(2)))).subarray(0, -3)),
      [['damaged', /cut\.pcap/]],
    ],
    [
      'checksums that were left for a network card',
      () => write(pcapRecord(1, sound(1)), pcapRecord(2, udpFrame(1))),
      [['checksums', /^1 packet \(50\.0 %\) with wrong checksums: 1 of IPv4; all as a sender leaves them for its network card\.$/]],
    ],
    [
      'checksums that are wrong',
      () => write(pcapRecord(1, sound(1, 7)), pcapRecord(2, udpFrame(1)), pcapRecord(3, sound(2))),
      [['checksums', /^2 packets \(66\.7 %\) with wrong checksums: 1 of IPv4, 1 of UDP; 1 as a sender leaves them for its network card\.$/]],
    ],
    ['several link types', () => [fixture('office.pcap'), fixture('cooked-sll.pcap')], [['link types', /^Packets of several link types: /]]],
  ];
  for (const [what, capture, expected] of cases) {
    it(`tells of ${what}`, async () => {
      const findings = findingsOf(await checkCaptures([capture()].flat()));
      const wanted = findings.filter(({ name }) => expected.length === 0 || expected.some(([one]) => one === name));
      expect(wanted.map(({ name }) => name)).to.deep.equal(expected.map(([name]) => name));
      wanted.forEach((finding, index) => {
        expect(finding.what).to.match(expected[index]![1]);
        expect(finding.advice).to.match(/^[A-Z].*\.$/);
      });
    });
  }

  it('prints text, and JSON for programs', async () => {
    const capture = write(pcapRecord(5, udpFrame(1)), pcapRecord(3, udpFrame(2)));
    const { code, stdout } = await nfstream('check', capture);
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^2 packets, 92 B, in 1 capture, from 1970-01-01T00:00:05\.000Z to 1970-01-01T00:00:05\.000Z\.\n- 1 packet out of order.*\n  Read it with --reorder 2\.001/,
    );
    const { stdout: json } = await nfstream('check', capture, '--json');
    expect(JSON.parse(json))
      .to.deep.include({ packets: 2, files: 1, damages: [], duplicates: 0, linkTypes: { EN10MB: 2 } })
      .and.to.have.nested.property('findings[0].name', 'order');
    expect((await nfstream('check', fixture('office.pcap'))).stdout).to.match(/^1,216 packets, /);
  });

  it('fails for what is damaged or no capture', async () => {
    const damaged = scratch.write('damaged.pcap', readFileSync(fixture('office.pcap')).subarray(0, -5));
    expect(await nfstream('check', damaged)).to.have.property('code', 1);
    expect(await nfstream('check', scratch.path('none.pcap'))).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `nfstream: There is no file ${scratch.path('none.pcap')}.\n`,
    });
    expect(await nfstream('check', '--from', 'csv', damaged)).to.have.property('code', 2);
  });
});
