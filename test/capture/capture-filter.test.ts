import { once } from 'node:events';
import { expect } from 'chai';
import { wrappedCases } from '../../fixtures/make/cases/wrapped.js';
import { captureFile, captureStream, type PacketBatch } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { loadNative } from '../../lib/native.js';
import { Streamer } from '../../lib/streamer.js';
import { openUnder, pcap, rejection, Scratch } from './build-capture.js';

const portsOf = async (source: AsyncIterable<PacketBatch>): Promise<number[]> => {
  const ports: number[] = [];
  for await (const batch of source) for (const packet of batch) ports.push(packet.srcPort);
  return ports;
};

/** Long enough that libpcap takes more than a moment. */
const hosts = Array.from({ length: 60 }, (_, i) => `host 10.9.0.${i}`).join(' or ');
const longFilter = `udp src port 3 or udp src port 5 or ${hosts}`;

describe('the filter of a source', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());
  const paths = [1, 2, 3].map((i) => scratch.write(`filter-${i}.pcap`, pcap(5, 1000 * i)));

  /** How often expressions were compiled on the JavaScript thread and away from it. */
  const calls = { problem: 0, compile: 0 };
  const native = loadNative();
  const { NativeFilter } = native;
  class CountedFilter extends NativeFilter {
    override problem(): string {
      calls.problem++;
      return super.problem();
    }
    override compile(): Promise<string> {
      calls.compile++;
      return super.compile();
    }
  }
  before(() => Object.assign(native, { NativeFilter: CountedFilter }));
  beforeEach(() => Object.assign(calls, { problem: 0, compile: 0 }));
  after(() => Object.assign(native, { NativeFilter }));

  for (const [what, options] of [
    ['one after the other', {}],
    ['merged', { merge: true }],
    ['each for itself', { perFile: true }],
  ] as const) {
    it(`is compiled once for captures that are read ${what}, and not on the JavaScript thread when it is long`, async () => {
      const ports = await portsOf(captureFile(paths, { filter: longFilter, ...options }));
      expect(ports.sort((a, b) => a - b)).to.deep.equal([3, 3, 3, 5, 5, 5]);
      expect(calls).to.deep.equal({ problem: 0, compile: 1 });
    });
  }

  it('is compiled when a stream is read, if it is long', async () => {
    const stage = captureStream({ filter: longFilter });
    stage.end(pcap(5));
    expect(await portsOf(stage)).to.deep.equal([3, 5]);
    expect(calls).to.deep.equal({ problem: 0, compile: 1 });
  });

  it('is not looked up by name on the JavaScript thread', () => {
    for (const filter of ['host www.example.org', 'src a.b', 'tcp and dst host mail.local']) captureFile('x', { filter });
    expect(calls).to.deep.equal({ problem: 0, compile: 0 });
    for (const filter of ['host 10.0.0.1', 'net 10.0.0.0/8', 'ip6 host 2001:db8::1', 'ether host 02:00:00:00:00:01', 'tcp[tcpflags] & tcp-syn != 0'])
      captureFile('x', { filter });
    expect(calls).to.deep.equal({ problem: 5, compile: 0 });
  });

  it('that is long and wrong destroys the source before anything is opened', async () => {
    const filter = `${hosts} or tcp prot 80`;
    const source = captureFile(paths, { filter });
    const error = await rejection(portsOf(source));
    expect(error).to.be.instanceOf(FlowError).and.to.include({ code: 'ERR_NFSTREAM_FILTER' });
    expect(error.message).to.match(/^The filter "host 10\.9\.0\.0 or .{63}\.\.\." of \d+ characters is not valid: .*syntax error\.$/);
    expect(openUnder(scratch.folder)).to.deep.equal([]);
    expect(source.report()).to.include({ files: 0, packets: 0 });

    const stage = captureStream({ filter });
    stage.end(pcap(5));
    const [refused] = (await once(stage, 'error')) as [FlowError];
    expect(refused.message).to.equal(error.message);
    expect(await rejection(new Streamer({ source: paths, filter }).toCsv(scratch.path('never.csv')))).to.include({ code: 'ERR_NFSTREAM_FILTER' });
    expect(calls.problem).to.equal(0);
  });

  for (const { file, data, packets, ignored = {} } of wrappedCases()) {
    it(`looks at what is in the packets of ${file}`, async () => {
      const stage = captureStream({ filter: 'tcp src port 80' });
      stage.end(data);
      const ports = await portsOf(stage);
      const whole = packets - Object.values(ignored).reduce((sum, count) => sum + count, 0);
      expect(ports).to.deep.equal(Array<number>(whole / 2).fill(80));
      expect(stage.report()).to.include({ packets, filtered: packets - ports.length });
    });
  }

  it('that asks a link type for what the packet inside does not have is refused', async () => {
    const stage = captureStream({ filter: 'ether host 02:00:00:00:00:01' });
    stage.end(wrappedCases().find(({ file }) => file === 'link-nflog.pcap')!.data);
    const error = await rejection(portsOf(stage));
    expect(error).to.include({ code: 'ERR_NFSTREAM_FILTER' });
    expect(error.message).to.match(/^The filter cannot be used on link type 239 \(NFLOG\): /);
  });

  const wrong: [what: string, filter: string, message: RegExp][] = [
    ['short and wrong', 'tcp prot 80', /^The filter "tcp prot 80" is not valid: .*syntax error\.$/],
    [
      'of more characters than libpcap takes',
      'host 10.0.0.1 or '.repeat(60_000),
      /^The filter "host 10\.0\.0\.1 or .{63}\.\.\." of 1020000 characters is not valid: no more than 65536 characters are compiled\.$/,
    ],
    ['with a NUL', 'tcp\0 port', /^The filter "tcp\\u0000 port" is not valid: it has a NUL byte\.$/],
    ['long and with a NUL', `${hosts}\0`, /^The filter "host 10.* of \d+ characters is not valid: it has a NUL byte\.$/],
  ];
  for (const [what, filter, message] of wrong) {
    it(`that is ${what} is refused at once, in a short sentence`, () => {
      for (const make of [() => captureFile('x', { filter }), () => captureStream({ filter }), () => new Streamer({ source: 'x', filter })]) {
        expect(make).to.throw(FlowError, message).with.property('code', 'ERR_NFSTREAM_FILTER');
      }
    });
  }
});
