import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { captureFile, type CaptureFileOptions } from '../../../lib/capture/index.js';
import { aggregate, type FlowBatch } from '../../../lib/index.js';
import { pcapHeader, pcapRecord, Scratch, udpFrame } from '../build-capture.js';

const office = fileURLToPath(new URL('../../../fixtures/office.pcap', import.meta.url));

/** The frame with a VLAN tag. */
const tagged = (frame: Buffer, vlan: number): Buffer =>
  Buffer.concat([frame.subarray(0, 12), Buffer.from([0x81, 0, vlan >> 8, vlan & 255]), frame.subarray(12)]);

/** The frame as a router passes it on: other hardware addresses, a hop less. */
function routed(frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  copy[0] = 0x0a;
  copy[22]!--;
  copy.writeUInt16BE(0xbeef, 24);
  return copy;
}

const v6 = (hops: number): Buffer =>
  Buffer.concat([
    Buffer.from([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 12, 17, hops]),
    Buffer.alloc(32, 1),
    Buffer.from([0, 7, 0, 8, 0, 12, 0, 0, 1, 2, 3, 4]),
  ]);

describe('captureFile with deduplicate', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());
  let files = 0;

  /** Packets at these times in milliseconds, and the numbers of those that are ignored as duplicates. */
  async function duplicates(packets: [ms: number, frame: Buffer][], options: CaptureFileOptions): Promise<number[]> {
    const path = scratch.write(
      `${files++}.pcap`,
      Buffer.concat([pcapHeader(), ...packets.map(([ms, frame]) => pcapRecord(Math.floor(ms / 1000), frame, (ms % 1000) * 1000))]),
    );
    const source = captureFile(path, options);
    const found: number[] = [];
    for await (const batch of source) for (const packet of batch) if (packet.ignoreReason === 'duplicate') found.push(packet.number);
    expect(source.report().duplicates).to.equal(found.length);
    return found;
  }

  const [a, b] = [udpFrame(1), udpFrame(2)];
  const cases: [what: string, packets: [number, Buffer][], expected: number[], options?: CaptureFileOptions][] = [
    [
      'frames that differ',
      [
        [0, a],
        [0, b],
      ],
      [],
    ],
    [
      'a frame twice',
      [
        [0, a],
        [1, a],
      ],
      [2],
    ],
    [
      'a frame twice with another between',
      [
        [0, a],
        [1, b],
        [2, a],
      ],
      [3],
    ],
    [
      'a frame twice at the end of the window',
      [
        [0, a],
        [10, a],
      ],
      [2],
    ],
    [
      'a frame twice, too far apart',
      [
        [0, a],
        [11, a],
      ],
      [],
    ],
    [
      'a frame three times, each in the window of the one before',
      [
        [0, a],
        [8, a],
        [16, a],
      ],
      [2, 3],
    ],
    [
      'frames that differ in the last byte',
      [
        [0, a],
        [1, Buffer.concat([a.subarray(0, -1), Buffer.from('X')])],
      ],
      [],
    ],
    [
      'frames of which one is longer',
      [
        [0, a],
        [1, Buffer.concat([a, Buffer.alloc(1)])],
      ],
      [],
    ],
    [
      'a frame with another time to live',
      [
        [0, a],
        [1, routed(a)],
      ],
      [],
    ],
    [
      'a frame with a VLAN tag',
      [
        [0, a],
        [1, tagged(a, 5)],
      ],
      [],
    ],
    [
      'a packet with another time to live',
      [
        [0, a],
        [1, routed(a)],
      ],
      [2],
      { deduplicateBy: 'packet' },
    ],
    [
      'a packet with another VLAN',
      [
        [0, tagged(a, 6)],
        [1, tagged(a, 5)],
        [2, a],
      ],
      [2, 3],
      { deduplicateBy: 'packet' },
    ],
    [
      'a packet with padding behind it',
      [
        [0, a],
        [1, Buffer.concat([a, Buffer.alloc(14)])],
      ],
      [2],
      { deduplicateBy: 'packet' },
    ],
    [
      'packets that differ',
      [
        [0, a],
        [1, routed(b)],
      ],
      [],
      { deduplicateBy: 'packet' },
    ],
    [
      'a packet of IPv6 with another hop limit',
      [
        [0, v6(64)],
        [1, v6(63)],
      ],
      [2],
      { deduplicateBy: 'packet' },
    ],
    [
      'a frame of IPv6 with another hop limit',
      [
        [0, v6(64)],
        [1, v6(63)],
      ],
      [],
    ],
    [
      'frames that are ignored for another reason',
      [
        [0, Buffer.alloc(60, 3)],
        [1, Buffer.alloc(60, 3)],
      ],
      [],
    ],
    [
      'frames that are out of order',
      [
        [5, a],
        [2, b],
        [1, a],
      ],
      [3],
    ],
    [
      'frames that are put in order before',
      [
        [20, a],
        [5, a],
        [12, a],
      ],
      [3, 1],
      { reorder: 1 },
    ],
    [
      'frames of one capture after the other',
      [
        [0, a],
        [0, a],
        [0, a],
      ],
      [2, 3],
      { perFile: true },
    ],
  ];
  for (const [what, packets, expected, options] of cases) {
    it(`${expected.length === 0 ? 'keeps' : 'finds'} ${what}`, async () =>
      expect(await duplicates(packets, { deduplicate: 0.01, ...options })).to.deep.equal(expected));
  }

  it('forgets a run of its own with its capture', async () => {
    const paths = [0, 1].map((n) => scratch.write(`own-${n}.pcap`, Buffer.concat([pcapHeader(), pcapRecord(1, a)])));
    const ignored: unknown[] = [];
    for await (const batch of captureFile(paths, { perFile: true, deduplicate: 1 })) for (const packet of batch) ignored.push(packet.ignoreReason);
    expect(ignored).to.deep.equal([null, null]);
  });

  it('counts them as ignored, and gives the flows of the capture without them', async () => {
    const file = readFileSync(office);
    const parts: Buffer[] = [file.subarray(0, 24)];
    let packets = 0;
    for (let from = 24; from < file.length;) {
      const to = from + 16 + file.readUInt32LE(from + 8);
      parts.push(file.subarray(from, to), file.subarray(from, to));
      packets++;
      from = to;
    }
    const twice = scratch.write('twice.pcap', Buffer.concat(parts));
    const flowsOf = async (path: string, options: CaptureFileOptions): Promise<[flows: unknown[], ignored: Record<string, number>]> => {
      const stage = aggregate({ dissections: 0, tcpQuality: true });
      const flows: unknown[] = [];
      const sink = new Writable({
        objectMode: true,
        write(batch: FlowBatch, _encoding, done) {
          for (const flow of batch) flows.push(flow.toJSON());
          done();
        },
      });
      await pipeline(captureFile(path, options), stage, sink);
      return [flows, stage.report().ignored];
    };
    const [once, ignored] = await flowsOf(office, {});
    const [found, counted] = await flowsOf(twice, { deduplicate: 0.001 });
    expect(found).to.deep.equal(once);
    const others = Object.values(ignored).reduce((sum, count) => sum + count, 0);
    expect(counted['duplicate']).to.equal(packets - others);
  });

  it('finds what editcap takes out', async function () {
    if (spawnSync('editcap', ['--version']).status !== 0) {
      console.log('      not tried: there is no editcap here');
      return this.skip();
    }
    let state = 9;
    const random = (below: number): number => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below);
    const packets = Array.from({ length: 3000 }, (_, index): [number, Buffer] => [2 * index, udpFrame(1 + random(40))]);
    const path = scratch.write(
      'many.pcap',
      Buffer.concat([pcapHeader(), ...packets.map(([ms, frame]) => pcapRecord(1 + Math.floor(ms / 1000), frame, (ms % 1000) * 1000))]),
    );
    for (const seconds of [0.002, 0.01, 0.05]) {
      execFileSync('editcap', ['-w', String(seconds), path, scratch.path('edited.pcap')], { stdio: 'ignore' });
      const times = async (name: string, options: CaptureFileOptions): Promise<number[]> => {
        const found: number[] = [];
        for await (const batch of captureFile(name, options)) for (const packet of batch) if (packet.ignoreReason !== 'duplicate') found.push(packet.timeMs);
        return found;
      };
      const theirs = await times(scratch.path('edited.pcap'), {});
      expect(await times(path, { deduplicate: seconds })).to.deep.equal(theirs);
      expect(theirs.length).to.be.below(packets.length);
    }
  });
});
