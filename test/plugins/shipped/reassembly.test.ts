import { expect } from 'chai';
import { reassembly, Streamer, type ReassemblyColumns, type ReassemblyOptions } from '../../../lib/index.js';
import { TcpStream } from '../../../lib/plugins/shipped/tcp-stream.js';
import { datagram, fixture, inTurn, kept, segment, type Segment } from './packets.js';

/** One direction as tests write it: text, gaps, conflicts, whether the SYN was seen. */
type Stream = readonly [text: string, gaps: string | null, conflicts: number, syn: boolean];

const streamOf = (udps: ReassemblyColumns, way: 'src2dst' | 'dst2src'): Stream => [
  Buffer.from(udps[`${way}_stream`]!, 'hex').toString('latin1'),
  udps[`${way}_stream_gaps`],
  udps[`${way}_stream_conflicts`]!,
  udps[`${way}_stream_syn`]!,
];

async function told(segments: readonly Segment[], options: ReassemblyOptions = { bytes: 100 }): Promise<Stream[]> {
  const [flow] = await kept([reassembly(options)], inTurn(segments.map(segment)));
  return [streamOf(flow!.udps as ReassemblyColumns, 'src2dst'), streamOf(flow!.udps as ReassemblyColumns, 'dst2src')];
}

const syn = (seq = 1000): Segment => ({ flags: 'S', seq });
const at = (offset: number, payload: string, flags = 'A'): Segment => ({ seq: 1001 + offset, payload, flags });
const silent: Stream = ['', null, 0, false];

describe('reassembly()', () => {
  const cases: readonly (readonly [what: string, segments: Segment[], stream: Stream, options?: ReassemblyOptions])[] = [
    ['segments in order', [syn(), at(0, 'abc'), at(3, 'def')], ['abcdef', null, 0, true]],
    ['segments out of order', [syn(), at(3, 'def'), at(6, 'ghi'), at(0, 'abc')], ['abcdefghi', null, 0, true]],
    ['a segment that comes twice', [syn(), at(0, 'abc'), at(0, 'abc'), at(3, 'd')], ['abcd', null, 0, true]],
    ['overlaps', [syn(), at(0, 'abcd'), at(2, 'cdef'), at(4, 'efg')], ['abcdefg', null, 0, true]],
    ['an overlap of other bytes: the first ones, and how many others', [syn(), at(0, 'abcd'), at(2, 'XYef')], ['abcdef', null, 2, true]],
    ['one that fills a gap and reaches over both ends', [syn(), at(0, 'ab'), at(4, 'ef'), at(1, 'bcdefg')], ['abcdefg', null, 0, true]],
    [
      'the end of the sequence numbers',
      [syn(2 ** 32 - 3), { seq: 2 ** 32 - 2, payload: 'ab' }, { seq: 1, payload: 'de' }, { seq: 0, payload: 'c' }],
      ['abcde', null, 0, true],
    ],
    ['a SYN at the end of the sequence numbers', [syn(2 ** 32 - 1), { seq: 0, payload: 'ab' }], ['ab', null, 0, true]],
    ['a gap: as far as it', [syn(), at(0, 'ab'), at(5, 'fg')], ['ab', '2-4', 0, true]],
    ['gaps with zeros when asked', [syn(), at(0, 'ab'), at(5, 'fg'), at(9, 'j')], ['ab\0\0\0fg\0\0j', '2-4,7-8', 0, true], { bytes: 100, gaps: 'fill' }],
    ['a gap at the beginning', [syn(), at(3, 'def')], ['', '0-2', 0, true]],
    ['no gap behind what was sent', [syn(), at(0, 'abc'), at(3, '')], ['abc', null, 0, true]],
    ['as many bytes as it is told', [syn(), at(0, 'abcdef'), at(6, 'ghi')], ['abcd', null, 0, true], { bytes: 4 }],
    ['a segment across the last byte', [syn(), at(2, 'cdef'), at(0, 'ab')], ['abcd', null, 0, true], { bytes: 4 }],
    ['what lies behind the last byte: a gap in front of it', [syn(), at(0, 'a'), at(50, 'x')], ['a', '1-3', 0, true], { bytes: 4 }],
    ['one byte', [syn(), at(0, 'abc')], ['a', null, 0, true], { bytes: 1 }],
    ['data in a SYN', [{ flags: 'S', seq: 1000, payload: 'ab' }, at(2, 'c')], ['abc', null, 0, true]],
    ['a SYN that comes again', [syn(), syn(), at(0, 'ab'), syn()], ['ab', null, 0, true]],
    ['a SYN that comes late', [at(2, 'cd'), syn(1002)], ['cd', null, 0, true]],
    ['another SYN before any data', [syn(5000), syn(), at(0, 'ab')], ['ab', null, 0, true]],
    ['the first of two connections', [syn(), at(0, 'ab'), syn(9000), { seq: 9001, payload: 'zz' }, at(2, 'cd')], ['ab', null, 0, true]],
    ['a connection that is under way', [at(0, 'abc'), at(3, 'd')], ['abcd', null, 0, false]],
    ['a connection that is under way, with what lies before the first packet left out', [at(5, 'fgh'), at(3, 'defg'), at(8, 'i')], ['fghi', null, 0, false]],
    ['keep-alives that stand one byte back', [syn(), at(0, 'ab'), at(1, 'b'), at(1, ''), at(2, 'c')], ['abc', null, 0, true]],
    ['a byte in front of the first', [syn(), at(-1, 'x'), at(0, 'ab')], ['ab', null, 0, true]],
    ['no RST', [{ flags: 'R', seq: 77, payload: 'reset' }, syn(), at(0, 'ab'), at(2, 'why', 'R')], ['ab', null, 0, true]],
    ['data with a FIN', [syn(), at(0, 'ab'), at(2, 'c', 'FA')], ['abc', null, 0, true]],
  ];
  for (const [what, segments, stream, options] of cases) {
    it(`tells ${what}`, async () => {
      expect(await told(segments, options)).to.deep.equal([stream, silent]);
    });
  }

  it('tells both directions, and forgets a flow that is full', async () => {
    const back = (seq: number, payload: string, flags = 'A'): Segment => ({ back: true, seq, payload, flags });
    const segments = [syn(), back(50, '', 'SA'), at(0, 'ask'), back(51, 'answ'), back(55, 'er'), at(3, '??'), at(0, 'ASK')];
    expect(await told(segments, { bytes: 5 })).to.deep.equal([
      ['ask??', null, 0, true],
      ['answe', null, 0, true],
    ]);
  });

  it('tells no more than 100 gaps', async () => {
    const segments = [syn(), ...Array.from({ length: 150 }, (_, i) => at(2 * i + 1, 'x'))];
    const [[text, gaps]] = (await told(segments, { bytes: 1000 })) as [Stream, Stream];
    expect([text, gaps!.split(',').length, gaps!.slice(0, 11)]).to.deep.equal(['', 100, '0-0,2-2,4-4']);
  });

  it('tells bytes that were not captured as missing', async () => {
    const [whole, cut] = [segment(at(0, 'abcdef')), segment(at(6, 'gh'))];
    const packets = inTurn([segment(syn()), whole, cut]);
    packets[1] = { ...packets[1]!, bytes: whole.subarray(0, whole.length - 4), wireLength: whole.length };
    const [flow] = await kept([reassembly({ bytes: 100 })], packets);
    expect(streamOf(flow!.udps as ReassemblyColumns, 'src2dst')).to.deep.equal(['ab', '2-5', 0, true]);
  });

  it('leaves other protocols null', async () => {
    const [flow] = await kept([reassembly({ bytes: 4 })], inTurn([datagram(Buffer.from('abc'))]));
    expect(new Set(Object.values(flow!.udps as object))).to.deep.equal(new Set([null]));
  });

  it('puts any segments together as byte by byte', () => {
    let state = 11;
    const random = (below: number): number => (state = (state * 48_271) % 0x7fffffff) % below;
    for (let round = 0; round < 300; round++) {
      const [most, base] = [1 + random(60), random(2) === 0 ? random(1000) : 2 ** 32 - 1 - random(60)];
      const stream = new TcpStream(most);
      const bytes = new Map<number, number>();
      let [sent, conflicts, seen] = [0, 0, false];
      stream.add(base, true, 0, new Uint8Array(0));
      for (let i = random(30); i > 0; i--) {
        const [offset, size] = [random(80) - 5, random(12)];
        const payload = Uint8Array.from({ length: size }, (_, k) => (random(20) === 0 ? 99 : offset + k + 10));
        const whole = [...Array(most).keys()].every((k) => bytes.has(k));
        stream.add((base + 1 + offset) >>> 0, false, size, payload);
        if (whole) continue;
        seen ||= size > 0;
        payload.forEach((byte, k) => {
          const place = offset + k;
          if (place < 0) return;
          sent = Math.max(sent, Math.min(place + 1, most));
          if (place >= most) return;
          if (!bytes.has(place)) bytes.set(place, byte);
          else if (bytes.get(place) !== byte) conflicts++;
        });
      }
      const missing = [...Array(sent).keys()].filter((k) => !bytes.has(k));
      const gaps = stream.gaps(1000).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, k) => first + k));
      expect(gaps, `gaps of round ${round}`).to.deep.equal(missing);
      expect([...stream.bytes('fill')], `bytes of round ${round}`).to.deep.equal([...Array(sent).keys()].map((k) => bytes.get(k) ?? 0));
      expect(stream.bytes('stop').length, `round ${round}`).to.equal(missing[0] ?? sent);
      expect(stream.conflicts, `conflicts of round ${round}`).to.equal(conflicts);
    }
  });

  it('tells the requests and answers of http.pcap', async () => {
    const lines: string[][] = [];
    for await (const { udps } of new Streamer({ source: fixture('http.pcap'), dissections: 0, plugins: [reassembly({ bytes: 4000 })] })) {
      const [request, answer] = [streamOf(udps, 'src2dst'), streamOf(udps, 'dst2src')];
      expect([request.slice(1), answer.slice(1)]).to.deep.equal([
        [null, 0, true],
        [null, 0, true],
      ]);
      lines.push([request[0].split('\r\n')[0]!, answer[0].split('\r\n')[0]!]);
    }
    expect(lines).to.deep.equal([
      ['GET / HTTP/1.1', 'HTTP/1.1 200 OK'],
      ['GET /missing HTTP/1.1', 'HTTP/1.1 404 Not Found'],
      ['GET /old HTTP/1.1', 'HTTP/1.1 301 Moved Permanently'],
      ['POST /form HTTP/1.1', 'HTTP/1.1 204 No Content'],
      ['HEAD /index.html HTTP/1.1', 'HTTP/1.1 200 OK'],
    ]);
  });

  it('puts the hello that is out of order in hello-out-of-order.pcap in order', async () => {
    const starts = new Set<string>();
    for await (const { udps } of new Streamer({ source: fixture('built/hello-out-of-order.pcap'), dissections: 0, plugins: [reassembly({ bytes: 3 })] }))
      if (udps.src2dst_stream !== null) starts.add(udps.src2dst_stream);
    expect([...starts]).to.deep.equal(['160301']);
  });

  const wrong: readonly (readonly [given: unknown, message: RegExp])[] = [
    [{}, /an integer from 1 to 1048576 for bytes of reassembly\(\) but received undefined/],
    [{ bytes: 2 ** 21 }, /for bytes of reassembly\(\) but received 2097152/],
    [{ bytes: 1, gaps: 'skip' }, /one of "stop", "fill" for gaps of reassembly\(\)/],
  ];
  for (const [given, message] of wrong) it(`refuses ${JSON.stringify(given)}`, () => expect(() => reassembly(given as ReassemblyOptions)).to.throw(message));
});
