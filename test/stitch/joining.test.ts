import { expect } from 'chai';
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { aggregate, FlowBatch, FlowError, PacketBatch, stitch, type AggregateOptions, type StitchOptions } from '../../lib/index.js';
import { joinColumn } from '../../lib/encode/arrow/join-columns.js';
import { failureOf } from '../files/file-folder.js';
import { frame, type FrameOptions } from './frames.js';

/** A packet: seconds since the epoch, and which way it goes. */
type Sent = readonly [seconds: number, options?: FrameOptions];

/** The pieces of captures with these packets, each a run of its own. */
async function piecesOf(captures: readonly (readonly Sent[])[], options: AggregateOptions = {}, point = ''): Promise<FlowBatch[]> {
  const batches: FlowBatch[] = [];
  for (const [index, packets] of captures.entries()) {
    const batch = PacketBatch.from(packets.map(([seconds, how]) => ({ bytes: frame(how), timeMs: 1000 * seconds })));
    const stage = aggregate({ dissections: 0, partial: true, endReason: true, observationPoint: point, ...options });
    batches.push(...((await Readable.from([batch]).pipe(stage).toArray()) as FlowBatch[]).map((flows) => named(flows, `${index}.pcap`)));
  }
  return batches;
}

/** Packets made by hand have no file. */
function named(batch: FlowBatch, name: string): FlowBatch {
  const index = batch.schema.indexOf('piece_capture');
  const bytes = Buffer.from(name);
  const column = {
    type: 'text' as const,
    offsets: Int32Array.from({ length: batch.length + 1 }, (_, row) => row * bytes.length),
    bytes: Buffer.concat(Array.from({ length: batch.length }, () => bytes)),
    valid: null,
  };
  return new FlowBatch(
    batch.schema,
    batch.length,
    batch.columns.map((one, at) => (at === index ? column : one)),
  );
}

/** The rows of several batches in one. */
function together(batches: readonly FlowBatch[]): FlowBatch {
  const { schema } = batches[0]!;
  const length = batches.reduce((rows, batch) => rows + batch.length, 0);
  return new FlowBatch(
    schema,
    length,
    schema.fields.map((_, index) => joinColumn(batches.map(({ columns }) => columns[index]!))),
  );
}

async function stitched(batches: readonly FlowBatch[], options: StitchOptions = {}): Promise<Record<string, unknown>[]> {
  const given = (await Readable.from(batches).pipe(stitch(options)).toArray()) as FlowBatch[];
  return given.flatMap((batch) => [...batch].map((flow) => flow.toJSON() as Record<string, unknown>));
}

const back: FrameOptions = { back: true };

describe('stitch()', () => {
  const cases: [what: string, captures: readonly (readonly Sent[])[], flows: object[]][] = [
    ['joins a piece that began before the idle timeout', [[[0]], [[119.999]]], [{ pieces: 2, end_reason: 'end', bidirectional_packets: 2 }]],
    [
      'does not join one that began at it',
      [[[0]], [[120]]],
      [
        { pieces: 1, end_reason: 'idle' },
        { pieces: 1, end_reason: 'end' },
      ],
    ],
    [
      'turns a piece round whose source was the other end',
      [
        [[0], [1]],
        [
          [2, back],
          [3, back],
        ],
        [[4]],
      ],
      [
        {
          pieces: 3,
          src_port: 1000,
          src2dst_packets: 3,
          dst2src_packets: 2,
          dst2src_first_seen_ms: 2000,
          src2dst_last_seen_ms: 4000,
          bidirectional_duration_ms: 4000,
        },
      ],
    ],
    [
      'goes on through captures that have no piece of it',
      [[[0]], [[50, { port: 7 }]], [[100]]],
      [
        { src_port: 7, pieces: 1 },
        { src_port: 1000, pieces: 2 },
      ],
    ],
    [
      'lets the clock of a third capture end a flow',
      [[[0]], [[121, { port: 7 }]], [[122]]],
      [
        { src_port: 1000, end_reason: 'idle' },
        { src_port: 7, end_reason: 'end' },
        { src_port: 1000, end_reason: 'end' },
      ],
    ],
    ['knows captures without flows by their bounds', [[[0]], [], [[1]]], [{ pieces: 2, source_files: '["0.pcap","2.pcap"]' }]],
    [
      'keeps the order of last packets over all captures, and counts ids anew',
      [
        [[0], [1, { port: 7 }]],
        [[2, { port: 8 }], [3]],
      ],
      [
        { id: 0, src_port: 7 },
        { id: 1, src_port: 8 },
        { id: 2, src_port: 1000, pieces: 2 },
      ],
    ],
    [
      'tells of a flow that begins before the clock of an earlier capture',
      [[[10, { port: 7 }]], [[9], [11]]],
      [{ src_port: 7, stitch_inexact: '' }, { stitch_inexact: /^expiration_id,bidirectional_first_seen_ms,/ }],
    ],
  ];
  for (const [what, captures, flows] of cases) {
    it(what, async () => {
      const given = await stitched(await piecesOf(captures));
      expect(given).to.have.length(flows.length);
      flows.forEach((flow, row) => {
        for (const [name, value] of Object.entries(flow))
          if (value instanceof RegExp) expect(given[row]![name], name).to.match(value);
          else expect(given[row]![name], name).to.equal(value);
      });
    });
  }

  it('gives the same of captures that come in one batch', async () => {
    const sent = (index: number): Sent[] => [[50 * index], [50 * index + 1, index % 2 === 1 ? back : {}], [50 * index + 2, { port: 7 + (index % 3) }]];
    const batches = await piecesOf(
      Array.from({ length: 9 }, (_, index) => sent(index)),
      { features: 'full', idleTimeout: 60, splt: 5, payloadBytes: 4 },
    );
    const rows = await stitched(batches);
    expect(Math.max(...rows.map(({ pieces }) => Number(pieces)))).to.equal(9);
    expect(await stitched([together(batches)])).to.deep.equal(rows);
  });

  it('gives a batch that touches nothing as it is, over its own memory', async () => {
    const batches = await piecesOf([[[0]], Array.from({ length: 50 }, (_, port): Sent => [200 + port, { port: port + 1 }])], { idleTimeout: 0.5 });
    const largest = batches.reduce((one, other) => (other.length > one.length ? other : one));
    const given = (await Readable.from(batches).pipe(stitch()).toArray()) as FlowBatch[];
    const memory = (batch: FlowBatch): unknown => (batch.column('src_port') as { values: BigInt64Array }).values.buffer;
    expect(given.filter((batch) => batch.length > 0).map(memory)).to.include(memory(largest));
  });

  it('makes numbers also of captures that overlap, whose gaps are not the duration', async () => {
    const captures: Sent[][] = [[[100], [101]], [[1, back]]];
    const [flow] = await stitched(await piecesOf(captures, { statistics: true }));
    expect(flow).to.include({ pieces: 2, bidirectional_stddev_piat_ms: 0, bidirectional_duration_ms: 100_000 });
    expect(flow!['stitch_inexact']).to.include('bidirectional_stddev_piat_ms');
  });

  it('never joins pieces of two observation points', async () => {
    const batches = [...(await piecesOf([[[0]]], {}, 'east')), ...(await piecesOf([[[1]]], {}, 'west'))];
    expect((await stitched(batches)).map(({ pieces, end_reason }) => [pieces, end_reason])).to.deep.equal([
      [1, 'end'],
      [1, 'end'],
    ]);
  });

  it('keeps places, by which what was stitched by parts of the keys is in the order of the whole', async () => {
    const all = await piecesOf([
      [[0], [1, { port: 7 }], [2, { port: 8 }]],
      [[20, { port: 8 }], [21], [22, { port: 9 }]],
    ]);
    const isBounds = (flow: object): boolean => (flow as Record<string, unknown>)['pieceRow'] === 'bounds';
    const parts = [7, 8].map((port) =>
      all.map((batch) => batch.filter((flow) => isBounds(flow) || [port, port + 1000 - 8].includes((flow as never as { srcPort: number }).srcPort))),
    );
    const rest = all.map((batch) => batch.filter((flow) => isBounds(flow) || (flow as never as { srcPort: number }).srcPort === 9));
    const place = (flow: Record<string, unknown>): string =>
      [flow['piece_point'], flow['piece_clock_ns'], flow['piece_capture'], String(flow['piece_last_packet']).padStart(9)].join();
    const flows: Record<string, unknown>[] = [];
    for (const part of [...parts, rest]) flows.push(...(await stitched(part, { keepPlaces: true })));
    flows.sort((one, other) => (place(one) < place(other) ? -1 : 1));
    expect(flows.map(({ src_port }) => src_port)).to.deep.equal((await stitched(all)).map(({ src_port }) => src_port));
  });

  const refusals: [what: string, batches: () => Promise<readonly FlowBatch[]>, options: StitchOptions, message: RegExp][] = [
    [
      'flows that are no pieces',
      async () => [FlowBatch.from([{ id: 1 }])],
      {},
      /^These flows are no pieces: they have no column piece_row\. Make them with partial/,
    ],
    [
      'pieces of other options',
      async () => [...(await piecesOf([[[0]]])), ...(await piecesOf([[[1]]], { idleTimeout: 3 }))],
      {},
      /with idleTimeout 3000, those before with 120000/,
    ],
    ['a capture without its bounds', async () => (await piecesOf([[[0]], [[1]]])).filter((_, index) => index !== 2), {}, /have no row of bounds behind them/],
    ['a last capture without its bounds', async () => (await piecesOf([[[0]]])).slice(0, 2), {}, /have no row of bounds behind them/],
    ['a capture that is there twice', async () => [...(await piecesOf([[[0]]])), ...(await piecesOf([[[0]]]))], {}, /is there twice/],
    [
      'points that stand in several places',
      async () => [...(await piecesOf([[[0]]], {}, 'a')), ...(await piecesOf([[[0]]], {}, 'b')), ...(await piecesOf([[[1]]], {}, 'a'))],
      {},
      /observation point "a" stand in several places/,
    ],
    [
      'with strict, a flow that is not exact',
      async () => piecesOf([[[0]], [[1]]], { tcpState: true }),
      { strict: true },
      /^The flow 10\.0\.0\.1:1000 > 10\.0\.0\.2:53 \(17\) can't be made exactly in tcp_state,tcp_history,tcp_originator; /,
    ],
  ];
  for (const [what, batches, options, message] of refusals) {
    it(`refuses ${what}`, async () => {
      const error = await failureOf(stitched(await batches(), options));
      expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_STITCH');
      expect(error.message).to.match(message);
    });
  }

  it('refuses pieces with other columns, and what is no batch', async () => {
    const other = await failureOf(stitched([...(await piecesOf([[[0]]])), ...(await piecesOf([[[1]]], { ttl: true }))]));
    expect(other).to.have.property('code', 'ERR_NFSTREAM_SCHEMA_CHANGED');
    expect(await failureOf(Readable.from([1]).pipe(stitch()).toArray())).to.have.property('code', 'ERR_NFSTREAM_BATCH_TYPE');
  });

  it('refuses a row of bounds that is damaged', async () => {
    const batches = await piecesOf([[[0]]]);
    const last = batches.at(-1)!;
    const index = last.schema.indexOf('piece_run');
    for (const text of ['', '{', '[]', '{"clock":"x"}', (last.at(0)!.toJSON()['piece_run' as never] as unknown as string) + 'x']) {
      const bytes = Buffer.from(text);
      const broken = new FlowBatch(
        last.schema,
        1,
        last.columns.map((column, at) => (at === index ? { type: 'text' as const, offsets: Int32Array.of(0, bytes.length), bytes, valid: null } : column)),
      );
      const error = await failureOf(stitched([...batches.slice(0, -1), broken]));
      expect(error.message, text).to.match(/row of bounds of the capture "[^"]*" is damaged/);
    }
  });

  it('holds no more than waits for a later capture', async () => {
    const stage = stitch();
    const captures = Array.from({ length: 50 }, (_, index): Sent[] => Array.from({ length: 20 }, (__, port): Sent => [200 * index, { port: port + 1 }]));
    await pipeline(Readable.from(await piecesOf(captures)), stage, new Writable({ objectMode: true, write: (_, __, done) => done() }));
    expect(stage.report()).to.include({ pieces: 1000, flows: 1000, captures: 50 });
    expect(stage.report().mostHeld).to.be.below(65);
  });

  it('ends with its signal, and when whoever reads it has seen enough', async () => {
    const batches = await piecesOf([[[0]], [[200]], [[400]]]);
    const abort = new AbortController();
    const stage = stitch({ signal: abort.signal } as StitchOptions);
    abort.abort();
    await once(stage, 'close').catch(() => {});
    expect(stage.destroyed).to.equal(true);
    const source = new PassThrough({ objectMode: true });
    for (const batch of batches) source.write(batch);
    const another = source.pipe(stitch());
    for await (const batch of another) if (batch.length > 0) break;
    expect(another.destroyed).to.equal(true);
  });

  it('waits for whoever reads it', async () => {
    const captures = Array.from({ length: 40 }, (_, index): Sent[] => [[200 * index]]);
    const batches = await piecesOf(captures);
    let taken = 0;
    const source = Readable.from(
      (function* () {
        for (const batch of batches) {
          taken++;
          yield batch;
        }
      })(),
      { highWaterMark: 1 },
    );
    const stage = source.pipe(stitch());
    await once(stage, 'readable');
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).to.be.below(20);
    stage.destroy();
    source.destroy();
  });
});
