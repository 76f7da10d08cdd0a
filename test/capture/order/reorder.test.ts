import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { captureFile, type CaptureFileOptions, type PacketBatch, type PacketSource } from '../../../lib/capture/index.js';
import { WaitingPackets } from '../../../lib/capture/order/waiting-packets.js';
import { aggregate, Streamer } from '../../../lib/index.js';
import { openUnder, pcapHeader, pcapRecord, rejection, Scratch, udpFrame } from '../build-capture.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

/** A capture whose packets have these times (in milliseconds) and source ports that count from 1. */
function at(...times: number[]): Buffer {
  return Buffer.concat([pcapHeader(), ...times.map((time, i) => pcapRecord(Math.floor(time / 1000), udpFrame((i + 1) % 65_536), (time % 1000) * 1000))]);
}

/** The records of a pcap file of little endian, whose header is `header`. */
function recordsOf(file: Buffer): { header: Buffer; records: Buffer[] } {
  const records: Buffer[] = [];
  for (let from = 24; from < file.length;) {
    const to = from + 16 + file.readUInt32LE(from + 8);
    records.push(file.subarray(from, to));
    from = to;
  }
  return { header: file.subarray(0, 24), records };
}

function pseudoRandom(): (below: number) => number {
  let state = 3;
  return (below) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below);
}

/** Whether a program of Wireshark's is there; says so where it is not. */
function has(program: string): boolean {
  if (spawnSync(program, ['--version']).status === 0) return true;
  console.log(`      not tried: there is no ${program} here`);
  return false;
}

describe('captureFile with reorder', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());
  let files = 0;
  const write = (bytes: Buffer): string => scratch.write(`${files++}.pcap`, bytes);

  const places = async (source: AsyncIterable<PacketBatch>, paths: string[]): Promise<string[]> => {
    const found: string[] = [];
    for await (const batch of source) for (const packet of batch) found.push(`${paths.indexOf(packet.file!)}:${packet.number}`);
    return found;
  };

  const cases: [
    what: string,
    captures: number[][],
    seconds: number,
    expected: string,
    order: { reordered: number; late: number },
    options?: CaptureFileOptions,
  ][] = [
    ['what is in order', [[1, 2, 3]], 1, '0:1 0:2 0:3', { reordered: 0, late: 0 }],
    ['two that are exchanged', [[10, 5, 20]], 1, '0:2 0:1 0:3', { reordered: 1, late: 0 }],
    ['packets of one time, which stay as they came', [[5, 5, 4, 4, 5]], 1, '0:3 0:4 0:1 0:2 0:5', { reordered: 2, late: 0 }],
    ['the whole of it backwards', [[9, 8, 7, 6, 5]], 1, '0:5 0:4 0:3 0:2 0:1', { reordered: 4, late: 0 }],
    ['packets of one batch that are further apart than the window', [[10_000, 8000, 12_000]], 1, '0:2 0:1 0:3', { reordered: 1, late: 0 }],
    [
      'two captures that overlap, as one timeline',
      [
        [1, 30],
        [20, 40],
      ],
      1,
      '0:1 1:1 0:2 1:2',
      { reordered: 1, late: 0 },
    ],
    [
      'two captures that overlap by more than the window',
      [
        [1000, 9000, 12_000],
        [8000, 8001, 12_100],
      ],
      1,
      '0:1 0:2 1:1 1:2 0:3 1:3',
      { reordered: 0, late: 2 },
    ],
    [
      'runs of their own',
      [
        [30, 10],
        [20, 5],
      ],
      1,
      '0:2 0:1 1:2 1:1',
      { reordered: 2, late: 0 },
      { perFile: true },
    ],
    [
      'a merge, whose files are out of order themselves',
      [
        [1, 9, 3],
        [2, 4],
      ],
      1,
      '0:1 1:1 0:3 1:2 0:2',
      { reordered: 1, late: 0 },
      { merge: true },
    ],
    ['nothing', [[]], 1, '', { reordered: 0, late: 0 }],
  ];
  for (const [what, captures, reorder, expected, order, options] of cases) {
    it(`puts in order ${what}`, async () => {
      const paths = captures.map((times) => write(at(...times)));
      const source = captureFile(paths, { reorder, ...options });
      expect((await places(source, paths)).join(' ')).to.equal(expected);
      expect(source.report().order).to.deep.equal({ ...order, early: 0 });
    });
  }

  it('keeps bytes, sizes, numbers and offsets of each packet', async () => {
    const bytes = readFileSync(`${fixtures}office.pcap`);
    const { header, records } = recordsOf(bytes);
    const exchanged = records.map((record, index) => (index % 2 === 0 ? (records[index + 1] ?? record) : records[index - 1]!));
    const path = write(Buffer.concat([header, ...exchanged]));
    const told = async (source: PacketSource): Promise<unknown[]> => {
      const packets: unknown[] = [];
      for await (const batch of source)
        for (const packet of batch)
          packets.push([
            packet.timeNs,
            packet.number,
            packet.byteOffset,
            Buffer.from(packet.bytes).toString('hex'),
            packet.srcIp,
            packet.dstPort,
            packet.payloadSize,
            packet.ignoreReason,
          ]);
      return packets;
    };
    const plain = (await told(captureFile(path))) as [bigint, number][];
    const ordered = await told(captureFile(path, { reorder: 60 }));
    expect(ordered).to.deep.equal([...plain].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1])));
  });

  it('gives the flows that the capture in order gives', async () => {
    const { header, records } = recordsOf(readFileSync(`${fixtures}office.pcap`));
    const random = pseudoRandom();
    const shaken = records.map((record, index) => ({ record, index: index + random(12) })).sort((a, b) => a.index - b.index);
    const path = write(Buffer.concat([header, ...shaken.map(({ record }) => record)]));
    const flowsOf = async (source: string, reorder: number): Promise<unknown[]> => {
      const flows = [];
      for await (const flow of new Streamer({ source, reorder, dissections: 0, tcpState: true, statistics: true })) flows.push(flow.toJSON());
      return flows;
    };
    expect(await flowsOf(path, 30)).to.deep.equal(await flowsOf(`${fixtures}office.pcap`, 0));
    expect(await flowsOf(path, 0)).to.not.deep.equal(await flowsOf(`${fixtures}office.pcap`, 0));
  });

  it('orders as reordercap does', async function () {
    if (!has('reordercap')) return this.skip();
    const random = pseudoRandom();
    for (const name of readdirSync(fixtures).filter((one) => one.endsWith('.pcap') && one !== 'nanosecond.pcap')) {
      const { header, records } = recordsOf(readFileSync(`${fixtures}${name}`));
      const shaken = records.map((record, index) => ({ record, index: index + random(40) })).sort((a, b) => a.index - b.index);
      const path = write(Buffer.concat([header, ...shaken.map(({ record }) => record)]));
      const theirs = scratch.path(`${name}.ordered`);
      execFileSync('reordercap', [path, theirs], { stdio: 'ignore' });
      const packets = async (source: PacketSource): Promise<string[]> => {
        const found: string[] = [];
        for await (const batch of source) for (const packet of batch) found.push(`${packet.timeNs} ${Buffer.from(packet.bytes).toString('base64')}`);
        return found;
      };
      expect(await packets(captureFile(path, { reorder: 100_000 })), name).to.deep.equal(await packets(captureFile(theirs)));
    }
  });

  it('lets packets go on early when memory is used up, and loses none', async () => {
    const random = pseudoRandom();
    const times = Array.from({ length: 200_000 }, (_, index) => index + random(100));
    const payload = Buffer.alloc(400);
    const path = write(
      Buffer.concat([
        pcapHeader(),
        ...times.map((time, i) => pcapRecord(1 + Math.floor(time / 1000), udpFrame((i + 1) % 65_536, payload), (time % 1000) * 1000)),
      ]),
    );
    const source = captureFile(path, { reorder: 10_000, reorderBytes: 16_777_216 });
    const seen = new Set<number>();
    let stepsBack = 0;
    let before = 0;
    for await (const batch of source) {
      for (const packet of batch) {
        if (packet.timeMs < before) stepsBack++;
        before = packet.timeMs;
        seen.add(packet.number);
      }
    }
    const { order } = source.report();
    expect(seen.size).to.equal(times.length);
    expect(order!.early).to.be.above(100_000);
    expect(order!.late).to.be.below(1000); // at the borders of what was held
    expect(stepsBack).to.be.at.most(order!.late);
  });

  it('leaves nothing open when its reader leaves early, and keeps what was good of a damaged capture', async () => {
    const path = write(at(...Array.from({ length: 2000 }, (_, index) => index)));
    for await (const batch of captureFile(path, { reorder: 1 })) {
      expect(batch.length).to.be.above(0);
      break;
    }
    expect(openUnder(scratch.folder)).to.deep.equal([]);
    const cut = write(at(3, 2, 1, 4).subarray(0, -5));
    const found: number[] = [];
    const error = await rejection(
      (async () => {
        for await (const batch of captureFile(cut, { reorder: 1 })) for (const packet of batch) found.push(packet.number);
      })(),
    );
    expect(error.code).to.equal('ERR_NFSTREAM_TRUNCATED');
    expect(found).to.deep.equal([3, 2, 1]);
  });

  it('refuses what waits for more', () => {
    expect(() => captureFile('x', { reorder: 1, follow: true })).to.throw('reorder holds packets back');
    expect(() => captureFile('x', { reorder: -1 })).to.throw('for reorder');
  });

  it('has nothing to tell where it is off', async () => {
    const source = captureFile(write(at(1)));
    source.pipe(aggregate({ dissections: 0 })).resume();
    await new Promise((resolve) => source.once('close', resolve));
    expect(source.report()).to.not.have.any.keys('order', 'duplicates');
  });
});

describe('capture/order/waiting-packets', () => {
  it('gives packets by time, and of one time as they came', () => {
    const random = pseudoRandom();
    const waiting = new WaitingPackets();
    const model: { time: number; place: number }[] = [];
    for (let place = 0; place < 4000; place++) {
      const time = Math.floor(place / 3) + random(200);
      waiting.add(time, 0, place);
      model.push({ time, place });
      if (place % 4 !== 3) continue;
      model.sort((a, b) => a.time - b.time || a.place - b.place);
      for (let taken = 0; taken < 3; taken++) {
        const first = waiting.first();
        const expected = model.shift()!;
        expect([waiting.time(first), waiting.index(first)]).to.deep.equal([expected.time, expected.place]);
        waiting.remove(first);
      }
    }
    expect(waiting.size).to.equal(model.length);
  });
});
