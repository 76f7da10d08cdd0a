import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAddresses, maskOf, moveAddresses } from '../../bench/workload/addresses.js';
import { readFrames, type Frame } from '../../bench/workload/capture-reader.js';
import { PcapWriter } from '../../bench/workload/pcap-writer.js';
import { loadCaptures, writeCopies } from '../../bench/workload/replicate.js';
import { writeBurst } from '../../bench/workload/single-packets.js';

function frame(source: string, destination: string, ports: [number, number], type = 0x0800): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.writeUInt16BE(type, 12);
  bytes[14] = 0x45;
  bytes[23] = 17;
  source.split('.').forEach((byte, i) => (bytes[26 + i] = Number(byte)));
  destination.split('.').forEach((byte, i) => (bytes[30 + i] = Number(byte)));
  bytes.writeUInt16BE(ports[0], 34);
  bytes.writeUInt16BE(ports[1], 36);
  return bytes;
}

function address(bytes: Buffer, at: number): string {
  return [...bytes.subarray(at, at + 4)].join('.');
}

const question = frame('192.168.1.2', '8.8.8.8', [5000, 53]);
const answer = frame('8.8.8.8', '192.168.1.2', [53, 5000]);

function moved(bytes: Buffer, copy: number): Buffer {
  const copied = Buffer.from(bytes);
  moveAddresses(copied, 0, findAddresses({ timeUs: 0, bytes, wireLength: 60 })!, maskOf(copy));
  return copied;
}

describe('bench/workload', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'workload-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function writeCapture(name: string, frames: [timeUs: number, bytes: Buffer][]): void {
    const writer = new PcapWriter(join(folder, name));
    for (const [timeUs, bytes] of frames) writer.write(timeUs, bytes, bytes.length + 100);
    writer.close();
  }

  it('writes captures that it can read', () => {
    writeCapture('a.pcap', [
      [1_500_000, question],
      [2_000_001, answer],
    ]);
    const frames = readFrames(join(folder, 'a.pcap'))!;
    expect(frames.map(({ timeUs, wireLength }) => [timeUs, wireLength])).to.deep.equal([
      [1_500_000, 160],
      [2_000_001, 160],
    ]);
    expect(frames.map(({ bytes }) => bytes.toString('hex'))).to.deep.equal([question.toString('hex'), answer.toString('hex')]);
  });

  it('moves the private end, the same way in both directions, and keeps it private', () => {
    const [there, back] = [moved(question, 3), moved(answer, 3)];
    expect(address(there, 30)).to.equal('8.8.8.8');
    expect(address(there, 26)).to.equal(address(back, 30)).and.not.equal('192.168.1.2');
    expect(there[26]).to.equal(10);
    expect(moved(question, 0)).to.deep.equal(question);
  });

  it('moves one of two public ends, the same in both directions', () => {
    const there = moved(frame('1.1.1.1', '9.9.9.9', [1, 2]), 5);
    const back = moved(frame('9.9.9.9', '1.1.1.1', [2, 1]), 5);
    expect([address(there, 26), address(there, 30)]).to.deep.equal([address(back, 30), address(back, 26)]);
    expect(address(there, 30)).to.equal('9.9.9.9');
  });

  it('leaves out what programs read differently', () => {
    const plain = (bytes: Buffer): Frame => ({ timeUs: 0, bytes, wireLength: bytes.length });
    const fragment = Buffer.from(question);
    fragment.writeUInt16BE(100, 20);
    expect(findAddresses(plain(question))?.flow).to.equal(findAddresses(plain(answer))?.flow);
    for (const bytes of [frame('1.1.1.1', '2.2.2.2', [1, 2], 0x8100), fragment, frame('1.1.1.1', '2.2.2.2', [2152, 2152]), question.subarray(0, 30)]) {
      expect(findAddresses(plain(bytes))).to.equal(null);
    }
  });

  it('makes one timeline in which every copy has flows of its own', () => {
    writeCapture('a.pcap', [
      [1e6, question],
      [2e6, answer],
    ]);
    writeCapture('b.pcap', [[9e6, frame('10.1.1.1', '10.1.1.2', [1, 2])]]);
    const loaded = loadCaptures(folder);
    expect([loaded.packets, loaded.flows]).to.deep.equal([3, 2]);
    const writer = new PcapWriter(join(folder, 'out'));
    writeCopies(writer, loaded, 50, 10);
    writer.close();
    const frames = readFrames(join(folder, 'out'))!;
    const times = frames.map(({ timeUs }) => timeUs);
    expect(frames.length).to.equal(150);
    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
    expect(new Set(frames.map((each) => findAddresses(each)!.flow)).size).to.equal(100);
  });

  for (const [kind, burst] of [
    ['syn', 500],
    ['dns', 1000],
  ] as const) {
    it(`makes a burst of ${kind} flows, then a pause and a trickle`, () => {
      const writer = new PcapWriter(join(folder, 'out'));
      writeBurst(writer, kind, 500, 300);
      writer.close();
      const frames = readFrames(join(folder, 'out'))!;
      expect(frames.length).to.equal(burst + 300);
      expect(new Set(frames.slice(0, burst).map((each) => findAddresses(each)!.flow)).size).to.equal(500);
      expect(new Set(frames.slice(burst).map((each) => findAddresses(each)!.flow)).size).to.equal(100);
      expect(frames[burst]!.timeUs - frames[burst - 1]!.timeUs).to.be.within(300e6, 301e6);
    });
  }
});
