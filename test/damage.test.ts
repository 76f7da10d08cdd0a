import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as joinStages, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { aggregate } from '../lib/aggregate/aggregate.js';
import { FlowBatch } from '../lib/flows/flow-batch.js';
import { anonymize, label } from '../lib/index.js';
import { captureFile, captureStream, PacketBatch } from '../lib/capture/index.js';
import { FlowError } from '../lib/errors.js';
import { toCsv } from '../lib/encode/exporter.js';
import { flows } from '../lib/flows/flows.js';
import { tee } from '../lib/files/tee.js';
import { toFilePerSource } from '../lib/files/to-file-per-source.js';
import { toFile } from '../lib/files/to-file.js';
import { fromFile } from '../lib/read/readers.js';
import { Predictor } from '../lib/predict/predict.js';
import { Streamer } from '../lib/streamer.js';
import { table } from '../lib/table.js';
import { pcap } from './capture/build-capture.js';
import { fakeRuntime } from './predict/fake-runtime.js';

/** Stages that give batches of flows and meet damage. */
type Front = () => readonly (Readable | Transform | PacketMapper)[];
type PacketMapper = (batches: AsyncIterable<PacketBatch>) => AsyncIterable<PacketBatch>;

/** How a run tells: it fails, or a process warning comes. */
type Told = 'fails' | 'warns';

/** How many flows are in what a run wrote, told when it has ended. */
type Count = () => number | Promise<number>;

describe('the damage of a source is told exactly once, and what is in front of it arrives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-damage-'));
  const path = (name: string): string => join(folder, name);
  const out = (name = 'out.csv'): string => path(name);
  const captured = 9;
  const predicting = (): Predictor => new Predictor({ model: Buffer.from('a model'), inputs: ['id'] }, fakeRuntime());
  const noLabels = { dissections: 0 } as const;
  const warnings: Error[] = [];
  const noteWarning = (warning: Error): void => {
    if ((warning as { code?: string }).code?.startsWith('ERR_NFSTREAM_') === true) warnings.push(warning);
  };

  before(async () => {
    const whole = pcap(captured + 1);
    writeFileSync(path('cut.pcap'), whole.subarray(0, -3));
    writeFileSync(path('short.pcap'), pcap(5, 9000).subarray(0, -3));
    writeFileSync(path('sound.pcap'), pcap(captured, 5000));
    for (const name of ['cut.csv', 'cut.jsonl', 'cut.arrows']) {
      const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, src_ip: '10.0.0.1', bidirectional_packets: 1 }));
      await pipeline(Readable.from([FlowBatch.from(rows)]), toFile(path(name)));
      writeFileSync(path(name), readFileSync(path(name)).subarray(0, -100));
    }
    process.on('warning', noteWarning);
  });
  beforeEach(() => {
    warnings.length = 0;
    for (const name of ['out.csv', 'out.json', 'out.parquet', 'cut-out.csv', 'sound-out.csv']) rmSync(path(name), { force: true });
  });
  after(() => {
    process.off('warning', noteWarning);
    rmSync(folder, { recursive: true });
  });

  const rowsOf = async (file: string): Promise<number> => {
    let rows = 0;
    for await (const batch of fromFile(file)) rows += batch.length;
    return rows;
  };
  /** A Writable of one's own, which must come to its end. */
  const own = (): Writable & { count: Count } => {
    let [rows, over] = [0, false];
    const stage = new Writable({
      objectMode: true,
      write: (batch: FlowBatch, _encoding, callback) => void ((rows += batch.length), setImmediate(callback)),
      final: (callback) => ((over = true), callback()),
    });
    return Object.assign(stage, { count: () => (over ? rows : -1) });
  };
  const passing = (): Transform => new Transform({ objectMode: true, transform: (batch, _encoding, callback) => callback(null, batch) });
  const dropping = (): Transform => new Transform({ objectMode: true, transform: (_batch, _encoding, callback) => callback() });
  const gathering = (): Transform => {
    const all: unknown[] = [];
    return new Transform({
      objectMode: true,
      transform: (batch, _encoding, callback) => (all.push(batch), callback()),
      flush(callback) {
        for (const batch of all) this.push(batch);
        callback();
      },
    });
  };
  const remaking = (): Transform =>
    new Transform({
      objectMode: true,
      transform: (batch: FlowBatch, _encoding, callback) => callback(null, batch.length > 0 ? FlowBatch.from([...batch].map(({ id }) => ({ id }))) : undefined),
    });
  async function* iterating(batches: AsyncIterable<FlowBatch>): AsyncGenerator<FlowBatch, void> {
    for await (const batch of batches) yield batch;
  }
  const run = (...stages: unknown[]): Promise<void> => pipeline(stages as unknown as [Readable, Writable]);
  /** The last of these stages, which is to be read. */
  const joined = (front: Front): Transform => {
    const stages = front();
    return (stages.length === 1 ? stages[0] : joinStages(stages as unknown as [Readable, Transform], () => {})) as Transform;
  };

  /** What stands behind: how it tells, what it does, and how many flows it has written then (of how many: all, or none). */
  const constructions: [what: string, told: Told, all: boolean, go: (front: Front) => Promise<unknown>, count: Count][] = [];
  const add = (what: string, told: Told, go: (front: Front) => Promise<unknown>, count: Count = () => rowsOf(out()), all = true): void =>
    void constructions.push([what, told, all, go, count]);
  let [lastOwn, seen] = [own(), 0];
  const counted = (): number | Promise<number> => lastOwn.count();
  const mine = (): Writable => (lastOwn = own());

  add('toFile()', 'fails', (front) => run(...front(), toFile(out())));
  add(
    'toFile() of Parquet',
    'fails',
    (front) => run(...front(), toFile(out('out.parquet'))),
    () => rowsOf(out('out.parquet')),
  );
  add('a Writable', 'warns', (front) => run(...front(), mine()), counted);
  add('a Transform and a Writable', 'warns', (front) => run(...front(), passing(), mine()), counted);
  add('a Transform and toFile()', 'fails', (front) => run(...front(), passing(), toFile(out())));
  add('two Transforms and toFile()', 'fails', (front) => run(...front(), passing(), passing(), toFile(out())));
  add(
    'a Transform that drops every batch and toFile()',
    'warns',
    (front) => run(...front(), dropping(), toFile(out('out.json'))),
    () => JSON.parse(readFileSync(out('out.json'), 'utf8')).length as number,
    false,
  );
  add('a Transform that holds all batches back and toFile()', 'fails', (front) => run(...front(), gathering(), toFile(out())));
  add('a Transform that makes other batches and toFile()', 'warns', (front) => run(...front(), remaking(), toFile(out())));
  add('an async generator and toFile()', 'fails', (front) => run(...front(), iterating, toFile(out())));
  add('two async generators and toFile()', 'fails', (front) => run(...front(), iterating, iterating, toFile(out())));
  add('an async generator, a Transform and toFile()', 'fails', (front) => run(...front(), iterating, passing(), toFile(out())));
  add(
    'an async function',
    'fails',
    (front) =>
      run(...front(), async (batches: AsyncIterable<FlowBatch>) => {
        seen = 0;
        for await (const batch of batches) seen += batch.length;
      }),
    () => seen,
  );
  add('toCsv() and a file', 'warns', (front) => run(...front(), toCsv(), createWriteStream(out())));
  add(
    'toCsv() and an async function',
    'fails',
    (front) =>
      run(...front(), toCsv(), async (bytes: AsyncIterable<Buffer>) => {
        seen = -1; // for the header
        for await (const piece of bytes) seen += piece.toString().split('\n').length - 1;
      }),
    () => seen,
  );
  add('predict() and toFile()', 'fails', (front) => run(...front(), predicting(), toFile(out())));
  add('predict() and a Writable', 'warns', (front) => run(...front(), predicting(), mine()), counted);
  add('label(), anonymize() and toFile()', 'fails', (front) => run(...front(), label({ rules: [] }), anonymize(['src_ip']), toFile(out())));
  add('anonymize(), label() and a Writable', 'warns', (front) => run(...front(), anonymize(['src_ip']), label({ rules: [] }), mine()), counted);
  add('an async generator, anonymize(), an async generator and toFile()', 'fails', (front) =>
    run(...front(), iterating, anonymize(['src_ip']), iterating, toFile(out())),
  );
  add('tee() of two files', 'fails', (front) => run(...front(), tee(toFile(out()), toFile(out('out.json')))));
  add('tee() of a file and a Writable', 'fails', (front) => run(...front(), tee(toFile(out()), mine())), counted);
  add('tee() of Writables', 'fails', (front) => run(...front(), tee(mine())), counted);
  add('tee() of an exporter and a file', 'fails', (front) => {
    const csv = toCsv();
    csv.pipe(createWriteStream(out('out.json')));
    return run(...front(), tee(csv, toFile(out())));
  });
  add(
    'flows() and an async function',
    'fails',
    (front) =>
      run(...front(), flows, async (all: AsyncIterable<unknown>) => {
        seen = 0;
        for await (const _ of all) seen++;
      }),
    () => seen,
  );
  add(
    'a loop over the batches',
    'fails',
    async (front) => {
      seen = 0;
      for await (const batch of joined(front)) seen += (batch as FlowBatch).length;
    },
    () => seen,
  );
  add(
    'a loop over the flows',
    'fails',
    async (front) => {
      seen = 0;
      for await (const _ of flows(joined(front))) seen++;
    },
    () => seen,
  );
  add(
    'toArray()',
    'fails',
    (front) => joined(front).toArray(),
    () => captured,
    false,
  );
  add(
    'a table',
    'warns',
    async (front) => void (seen = (await table(joined(front))).numRows),
    () => seen,
  );
  add(
    'a table of an iteration',
    'warns',
    async (front) => void (seen = (await table(iterating(joined(front)))).numRows),
    () => seen,
  );
  add(
    'pipe() alone',
    'warns',
    (front) => {
      const sink = mine();
      joined(front).pipe(sink);
      return new Promise((resolve) => sink.once('close', resolve));
    },
    counted,
  );
  add(
    "'data' alone",
    'warns',
    (front) => {
      seen = 0;
      const last = joined(front).on('data', (batch: FlowBatch) => void (seen += batch.length));
      return new Promise((resolve) => last.once('close', resolve));
    },
    () => seen,
  );

  const packets: PacketMapper = async function* (batches) {
    for await (const batch of batches) yield batch;
  };
  const remade = (): Transform =>
    new Transform({
      objectMode: true,
      transform: (batch: PacketBatch, _encoding, callback) => callback(null, batch.length > 0 ? PacketBatch.from(batch) : undefined),
    });
  const fronts: [what: string, front: Front][] = [
    ['a cut capture', () => [captureFile(path('cut.pcap')), aggregate(noLabels)]],
    ['one of two captures', () => [captureFile([path('sound.pcap'), path('cut.pcap')]), aggregate({ ...noLabels, idleTimeout: 0 })]],
    ['one of two merged captures', () => [captureFile([path('cut.pcap'), path('sound.pcap')], { merge: true }), aggregate(noLabels)]],
    ['a capture of its own', () => [captureFile([path('cut.pcap'), path('sound.pcap')], { perFile: true }), aggregate(noLabels)]],
    ['a stream of a capture', () => [createReadStream(path('cut.pcap')), captureStream(), aggregate(noLabels)]],
    ['a cut capture behind an async generator', () => [captureFile(path('cut.pcap')), packets, aggregate(noLabels)]],
    ['a stream of a capture behind an async generator', () => [createReadStream(path('cut.pcap')), captureStream(), packets, aggregate(noLabels)]],
    ['a cut capture behind a Transform', () => [captureFile(path('cut.pcap')), passing(), aggregate(noLabels)]],
    ['CSV', () => [fromFile(path('cut.csv'))]],
    ['JSON', () => [fromFile(path('cut.jsonl'))]],
    ['Arrow', () => [fromFile(path('cut.arrows'))]],
  ];

  /** How many flows a front gives before its damage. */
  const countOf = async (front: Front): Promise<number> => {
    let flowsBefore = 0;
    const last = joined(front);
    last.on('data', (batch: FlowBatch) => void (flowsBefore += batch.length));
    await new Promise((resolve) => last.once('close', resolve));
    return flowsBefore;
  };
  const tellings = async (go: () => Promise<unknown>): Promise<{ failures: unknown[]; warned: Error[] }> => {
    const failures: unknown[] = [];
    await go().catch((error: unknown) => void failures.push(error));
    for (let turns = 0; turns < 10; turns++) await nextTurn();
    return { failures, warned: [...warnings] };
  };

  for (const [source, front] of fronts) {
    describe(source, () => {
      let expected = 0;
      before(async () => {
        expected = await countOf(front);
        expect(expected).to.be.greaterThanOrEqual(captured);
        await nextTurn();
      });
      for (const [what, told, all, go, count] of constructions) {
        it(`behind it ${what}`, async () => {
          const { failures, warned } = await tellings(() => go(front));
          for (const error of [...failures, ...warned]) expect(error).to.have.property('code', 'ERR_NFSTREAM_TRUNCATED');
          if (failures.length > 0) expect(failures[0]).to.be.instanceOf(FlowError);
          expect([failures.length, warned.length]).to.deep.equal(told === 'fails' ? [1, 0] : [0, 1]);
          if (all) expect(await count()).to.equal(expected);
          else await count();
        });
      }
    });
  }

  const others: [what: string, told: Told, go: () => Promise<unknown>, count: Count][] = [
    ['captureFile() and a Writable', 'warns', () => run(captureFile(path('cut.pcap')), mine()), counted],
    ['captureStream() and a Writable', 'warns', () => run(createReadStream(path('cut.pcap')), captureStream(), mine()), counted],
    [
      'captureFile() and an async function',
      'fails',
      () =>
        run(captureFile(path('cut.pcap')), async (batches: AsyncIterable<PacketBatch>) => {
          seen = 0;
          for await (const batch of batches) seen += batch.length;
        }),
      () => seen,
    ],
    [
      'packets that are made anew on their way to aggregate()',
      'warns',
      () => run(captureFile(path('cut.pcap')), remade(), aggregate(noLabels), toFile(out())),
      () => rowsOf(out()),
    ],
    [
      'toFilePerSource()',
      'fails',
      () => run(captureFile([path('cut.pcap'), path('sound.pcap')], { perFile: true }), aggregate(noLabels), toFilePerSource(path('{name}-out.csv'))),
      async () => (await rowsOf(path('cut-out.csv'))) + (await rowsOf(path('sound-out.csv'))) - captured,
    ],
    [
      'toFilePerSource() in tee()',
      'fails',
      () =>
        run(
          captureFile([path('cut.pcap'), path('sound.pcap')], { perFile: true }),
          aggregate(noLabels),
          tee(toFile(out()), toFilePerSource(path('{name}-out.csv'))),
        ),
      async () => (await rowsOf(path('cut-out.csv'))) + (await rowsOf(out())) - 2 * captured,
    ],
    ['Streamer.toCsv()', 'fails', () => new Streamer({ source: path('cut.pcap'), ...noLabels }).toCsv(out()), () => rowsOf(out())],
    [
      'the loop over a Streamer',
      'fails',
      async () => {
        seen = 0;
        for await (const _ of new Streamer({ source: path('cut.pcap'), ...noLabels })) seen++;
      },
      () => seen,
    ],
    ['Streamer.toTable()', 'warns', async () => void (seen = (await new Streamer({ source: path('cut.pcap'), ...noLabels }).toTable()).numRows), () => seen],
  ];
  for (const [what, told, go, count] of others) {
    it(what, async () => {
      const { failures, warned } = await tellings(go);
      expect([failures.length, warned.length]).to.deep.equal(told === 'fails' ? [1, 0] : [0, 1]);
      for (const error of [...failures, ...warned]) expect(error).to.have.property('code', 'ERR_NFSTREAM_TRUNCATED');
      expect(await count()).to.equal(captured);
    });
  }

  const both: [what: string, sources: () => AsyncIterable<unknown>[], ...behind: (() => Transform)[]][] = [
    ['files of flows', () => [fromFile(path('cut.csv')), fromFile(path('cut.jsonl'))]],
    ['captures', () => [captureFile(path('cut.pcap')), captureFile(path('short.pcap'))], () => aggregate(noLabels)],
  ];
  for (const [what, sources, ...behind] of both) {
    it(`of two damaged ${what} that one run takes, each is told once`, async () => {
      const { failures, warned } = await tellings(() =>
        run(
          async function* () {
            for (const source of sources()) yield* source;
          },
          ...behind.map((make) => make()),
          toFile(out()),
        ),
      );
      expect([failures.length, warned.length]).to.deep.equal([1, 1]);
      expect(new Set([...failures, ...warned].map((error) => (error as Error).message)).size).to.equal(2);
      expect(await rowsOf(out())).to.be.greaterThan(captured);
    });
  }

  it('is thrown into an async generator that has no stage of ours behind it', async () => {
    let thrown: unknown;
    const { failures, warned } = await tellings(() =>
      run(
        captureFile(path('cut.pcap')),
        aggregate(noLabels),
        async function* (batches: AsyncIterable<FlowBatch>) {
          try {
            yield* batches;
          } catch (error) {
            thrown = error; // so that what is behind comes to its end
          }
        },
        mine(),
      ),
    );
    expect([failures, warned, (thrown as FlowError).code, await counted()]).to.deep.equal([[], [], 'ERR_NFSTREAM_TRUNCATED', captured]);
  });
});
