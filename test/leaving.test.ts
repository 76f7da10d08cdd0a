import { createReadStream, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { aggregate } from '../lib/aggregate/aggregate.js';
import { anonymize } from '../lib/anonymize/anonymize.js';
import { enrich } from '../lib/enrich/enrich.js';
import { label } from '../lib/label/label.js';
import { captureFile, captureStream } from '../lib/capture/index.js';
import type { FlowError } from '../lib/errors.js';
import { toArrow, toCsv, toJson, toParquet } from '../lib/encode/exporter.js';
import { tee } from '../lib/files/tee.js';
import { toFilePerSource } from '../lib/files/to-file-per-source.js';
import { toFile } from '../lib/files/to-file.js';
import { fromArrow, fromCsv, fromFile, fromJson, fromParquet } from '../lib/read/readers.js';
import { Predictor } from '../lib/predict/predict.js';
import { Streamer } from '../lib/streamer.js';
import { pcap } from './capture/build-capture.js';
import { fakeRuntime } from './predict/fake-runtime.js';
import { cut, sampleBatch } from './samples.js';
import { thorough } from './thorough.js';
import { until } from './waiting.js';

/** How often each stage is left in each way. */
const often = thorough ? 40 : 5;
/** How often one is that does the same with other options, or writes Parquet, whose thread stays for all here. */
const variant = thorough ? 15 : 3;
/** How often one is that starts a thread for Parquet, or loads nDPI: that takes a fifth of a second. */
const withStart = thorough ? 6 : 2;
/** For what goes on a little longer than the stage: a thread that ends, a descriptor that the system closes. */
const longestSettleMs = 10_000;

interface Signalled {
  signal?: AbortSignal;
}

/** A stage, and what stands around it. */
interface Subject {
  readonly name: string;
  readonly times: number;
  make(options?: Signalled): Readable | Writable | Duplex;
  /** Makes one that fails by itself. */
  broken?(): Readable | Writable | Duplex;
  /** Gives what the stage takes; absent where it is a source. */
  front?(): Readable;
  /** Takes what the stage gives; absent where it is the last one. */
  behind?(): Writable;
}

describe('a stage that is left leaves nothing', function () {
  this.timeout(120_000); // a machine that is busy with something else

  const folder = mkdtempSync(join(tmpdir(), 'nfstream-leaving-'));
  const path = (name: string): string => join(folder, name);
  const batches = cut(sampleBatch(15), [5]);
  const noLabels = { dissections: 0 } as const;
  const flowsIn = (): Readable => Readable.from(batches, { highWaterMark: 1 });
  const nowhere = (): Writable => new Writable({ objectMode: true, highWaterMark: 1, write: (_chunk, _encoding, callback) => void setImmediate(callback) });

  before(async () => {
    writeFileSync(path('a.pcap'), pcap(40));
    for (const name of ['in.csv', 'in.json', 'in.arrow', 'in.parquet']) await pipeline(flowsIn(), toFile(path(name)));
    await new Streamer({ source: path('a.pcap') }).toTable();
    holder.write(batches[0]);
    await nextOf(holder, 'drain');
    for (let unchanged = 0, count = 0; unchanged < 20; unchanged = count === held().length ? unchanged + 1 : 0) {
      count = held().length;
      await pause(10);
    }
    holding = held(); // what stays for good is there by now
  });
  after(async () => {
    const closing = nextOf(holder, 'close');
    holder.destroy();
    await closing;
    rmSync(folder, { recursive: true });
  });
  const holder = toParquet();

  let holding: string[] = [];
  const left = (): Promise<string[]> => leftSince(holding);

  let number = 0;
  const output = (name: string): string => path(`out-${number++}-${name}`);
  const subjects: readonly Subject[] = [
    { name: 'captureFile()', times: often, make: (options) => captureFile(path('a.pcap'), options), broken: () => captureFile([path('none.pcap')]), behind: nowhere },
    { name: 'captureFile() with merge', times: variant, make: (options) => captureFile([path('a.pcap'), path('a.pcap')], { merge: true, ...options }), behind: nowhere },
    { name: 'captureStream()', times: often, make: captureStream, front: () => createReadStream(path('a.pcap'), { highWaterMark: 512 }), behind: nowhere },
    { name: 'aggregate()', times: often, make: (options) => aggregate({ ...noLabels, ...options }), front: () => captureFile(path('a.pcap')), behind: nowhere },
    { name: 'aggregate() with two meters', times: variant, make: (options) => aggregate({ ...noLabels, meters: 2, ...options }), front: () => captureFile(path('a.pcap')), behind: nowhere },
    { name: 'aggregate() with labels', times: withStart, make: aggregate, front: () => captureFile(path('a.pcap')), behind: nowhere },
    {
      name: 'predict()',
      times: often,
      make: (options) => new Predictor({ model: Buffer.from('a model'), inputs: ['id'], ...options }, fakeRuntime()),
      front: flowsIn,
      behind: nowhere,
    },
    { name: 'enrich()', times: often, make: (options) => enrich({ oui: true, ...options }), front: () => Readable.from(batches.map((batch) => batch.withColumn('src_oui', 'text', [...batch].map(() => '')).withColumn('dst_oui', 'text', [...batch].map(() => '')))), behind: nowhere },
    { name: 'label()', times: often, make: (options) => label({ rules: [{ label: 'x' }], ...options }), front: flowsIn, behind: nowhere },
    { name: 'anonymize()', times: often, make: (options) => anonymize({ columns: ['src_ip'], ...options }), front: flowsIn, behind: nowhere },
    { name: 'toCsv()', times: often, make: toCsv, front: flowsIn, behind: nowhere },
    { name: 'toJson()', times: often, make: toJson, front: flowsIn, behind: nowhere },
    { name: 'toArrow()', times: often, make: toArrow, front: flowsIn, behind: nowhere },
    { name: 'toParquet()', times: variant, make: toParquet, front: flowsIn, behind: nowhere },
    { name: 'toFile()', times: often, make: (options) => toFile(output('a.csv'), options), broken: () => toFile(path('no/folder.csv')), front: flowsIn },
    { name: 'toFile() of Parquet', times: variant, make: (options) => toFile(output('a.parquet'), options), broken: () => toFile(path('no/folder.parquet')), front: flowsIn },
    { name: 'toFile() of rotated Parquet', times: variant, make: (options) => toFile(output('{n}.parquet'), { rotate: { flows: 4 }, ...options }), front: flowsIn },
    { name: 'toFile() with rotation', times: variant, make: (options) => toFile(output('{n}.csv'), { rotate: { flows: 4, keep: 2 }, ...options }), front: flowsIn },
    { name: 'toFile() of partitions', times: variant, make: (options) => toFile(output('table'), { partitionBy: 'few_ports', format: 'csv', ...options }), front: () => Readable.from(batches.map((batch) => batch.withColumn('few_ports', 'int', [...batch].map(({ id }) => id % 3)))) },
    { name: 'toFilePerSource()', times: often, make: (options) => toFilePerSource(output('{name}.csv'), options), front: () => captureFile([path('a.pcap')], { perFile: true }).pipe(aggregate(noLabels)) },
    { name: 'tee()', times: often, make: () => tee(toFile(output('a.csv')), toFile(output('a.json'))), broken: () => tee(toFile(output('a.csv')), toFile(path('no/folder.csv'))), front: flowsIn },
    { name: 'fromCsv()', times: often, make: (options) => fromCsv(path('in.csv'), options), broken: () => fromCsv(path('none.csv')), behind: nowhere },
    { name: 'fromJson()', times: often, make: (options) => fromJson(path('in.json'), options), broken: () => fromJson(path('in.csv')), behind: nowhere },
    { name: 'fromArrow()', times: often, make: (options) => fromArrow(path('in.arrow'), options), broken: () => fromArrow(path('in.csv')), behind: nowhere },
    { name: 'fromParquet()', times: withStart, make: (options) => fromParquet(path('in.parquet'), options), broken: () => fromParquet(path('in.csv')), behind: nowhere },
    { name: 'fromFile()', times: variant, make: (options) => fromFile([path('in.csv'), path('in.csv')], options), broken: () => fromFile(path('a.pcap')), behind: nowhere },
  ];

  const run = ({ front, behind }: Subject, stage: Readable | Writable): Promise<unknown> => settled(pipeline([...(front === undefined ? [] : [front()]), stage, ...(behind === undefined ? [] : [behind()])] as unknown as [Readable, Writable]));
  /** The same, where what is in front is an iterator, and tells nothing of itself to the stage. */
  const runIterated = ({ front, behind }: Subject, stage: Readable | Writable): Promise<unknown> => settled(pipeline([...(front === undefined ? [] : [() => iterated(front)]), stage, ...(behind === undefined ? [] : [behind()])] as unknown as [Readable, Writable]));
  const closed = async (stage: Readable | Writable): Promise<void> => {
    if (!stage.closed) await nextOf(stage, 'close');
  };
  const later = async (turns: number): Promise<void> => {
    for (let turn = 0; turn < turns % 14; turn++) await nextTurn();
  };

  /** Each leaves a stage in one way; the second argument counts up. */
  const ways: [what: string, applies: (subject: Subject) => boolean, leave: (subject: Subject, turn: number) => Promise<void>][] = [
    ['its end', () => true, async (subject) => {
      const stage = subject.make();
      expect(await run(subject, stage)).to.equal(null);
      await closed(stage);
    }],
    ['an error in front of it', ({ front }) => front !== undefined, async (subject) => {
      const stage = subject.make();
      const failure = await settled(pipeline([() => failingFront(subject.front!), stage, ...(subject.behind === undefined ? [] : [subject.behind()])] as unknown as [Readable, Writable]));
      expect((failure as Error).message).to.equal('in front');
      await closed(stage);
    }],
    ['an error behind it', ({ behind }) => behind !== undefined, async (subject) => {
      const stage = subject.make();
      const failing = new Writable({ objectMode: true, write: (_chunk, _encoding, callback) => callback(new Error('behind')) });
      expect(((await run({ ...subject, behind: () => failing }, stage)) as Error).message).to.equal('behind');
      await closed(stage);
    }],
    ['an error of its own', ({ broken }) => broken !== undefined, async (subject) => {
      const stage = subject.broken!();
      expect(await run(subject, stage)).to.have.property('code').that.matches(/^ERR_NFSTREAM_/);
      await closed(stage);
    }],
    ['destroy() before it is used', () => true, async (subject) => {
      const stage = subject.make();
      stage.destroy();
      expect(await run(subject, stage)).to.be.instanceOf(Error);
      await closed(stage);
    }],
    ['destroy() while it runs', () => true, async (subject, turn) => {
      const stage = subject.make();
      const running = run(subject, stage);
      await later(turn);
      stage.destroy();
      await closed(stage);
      expectLeft(await running);
    }],
    ['destroy() when it is done', () => true, async (subject) => {
      const stage = subject.make();
      await run(subject, stage);
      stage.destroy();
      await closed(stage);
    }],
    ['a signal', ({ name }) => name !== 'tee()', async (subject, turn) => {
      const cancel = new AbortController();
      if (turn % 5 === 0) cancel.abort();
      const stage = subject.make({ signal: cancel.signal });
      const running = run(subject, stage);
      await later(turn);
      cancel.abort();
      const failure = await running;
      if (failure !== null) expect((failure as Error).name).to.equal('AbortError');
      await closed(stage);
    }],
    ['a loop that is left', ({ behind }) => behind !== undefined, async (subject) => {
      const stage = subject.make() as Duplex;
      const feeding = subject.front === undefined ? null : settled(pipeline(subject.front(), stage));
      for await (const _ of stage) break;
      await Promise.all([feeding, closed(stage)]);
    }],
    ['never being used', () => true, async (subject) => {
      subject.make();
    }],
    ['a second use when it is done', () => true, async (subject) => {
      const stage = subject.make();
      await run(subject, stage);
      expect(await run(subject, stage)).to.have.property('code', 'ERR_NFSTREAM_STAGE_REUSED');
      if (subject.front !== undefined) expect(await runIterated(subject, stage)).to.have.property('code', 'ERR_NFSTREAM_STAGE_REUSED');
      await closed(stage);
    }],
    ['a second use while it runs', ({ front }) => front !== undefined, async (subject, turn) => {
      const stage = subject.make();
      const first = run(subject, stage);
      await later(turn);
      expect(await run(subject, stage)).to.have.property('code', 'ERR_NFSTREAM_STAGE_REUSED');
      await Promise.all([first, closed(stage)]);
    }],
  ];

  for (const subject of subjects) {
    for (const [what, applies, leave] of ways) {
      if (!applies(subject)) continue;
      it(`${subject.name}, ${subject.times} times by ${what}`, async () => {
        for (let turn = 0; turn < subject.times; turn++) await leave(subject, turn);
        expect(await left()).to.deep.equal([]);
        const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
        expect(files.filter((name) => name.endsWith('.part'))).to.deep.equal([]);
        for (const name of files) if (name.startsWith('out-') && !name.includes('/')) rmSync(path(name), { recursive: true });
      });
    }
  }

  it('toFile() of rotated Parquet, destroyed at any time, tells that and nothing of its encoder', async () => {
    for (let turn = 0; turn < 60; turn++) {
      const stage = toFile(output('{n}.parquet'), { rotate: { flows: 5 } });
      const running = run({ name: '', times: 1, make: () => stage, front: flowsIn }, stage);
      await pause(turn / 2);
      stage.destroy();
      await closed(stage);
      expectLeft(await running);
    }
    expect(await left()).to.deep.equal([]);
  });

  const streamed: [what: string, leave: (turn: number) => Promise<void>][] = [
    ['a mistake in an option', async () => {
      const wrong: [options: object, ...given: object[]][] = [[{ features: ['nothing'] }], [{ protocolsFile: 'rules.txt', dissections: 0 }], [{}, { onProgress: 5 }], [{}, { delimiter: 'ab' }], [{}, { rotate: { keep: 5 } }], [{}, { clobber: 'no' }]];
      for (const [options, given] of wrong) {
        const run = async (): Promise<number> => new Streamer({ source: path('a.pcap'), ...options }).toCsv(output('a.csv'), given);
        expect(await settled(run())).to.have.property('code').that.matches(/^ERR_NFSTREAM_(OPTION|COLUMN)/);
      }
    }],
    ['a mistake in another stage', async () => {
      for (const make of [() => tee(toFile(output('a.csv')), toFile(output('b.xyz'))), () => pipeline(flowsIn(), anonymize(['src_ip']), toFile(output('a.csv'), { newline: 'x' as '\n' }))]) {
        expect(() => make()).to.throw().with.property('code').that.matches(/^ERR_NFSTREAM_/);
      }
    }],
    ['a signal', async (turn) => {
      const cancel = new AbortController();
      const running = settled(new Streamer({ source: path('a.pcap'), ...noLabels, signal: cancel.signal }).toCsv(output('a.csv')));
      await later(turn);
      cancel.abort();
      await running;
    }],
    ['a loop that is left', async () => {
      for await (const _ of new Streamer({ source: path('a.pcap'), ...noLabels })) break;
    }],
  ];
  for (const [what, leave] of streamed) {
    it(`a Streamer or a pipeline, ${often} times by ${what}`, async () => {
      for (let turn = 0; turn < often; turn++) await leave(turn);
      expect(await left()).to.deep.equal([]);
      await until(() => !readdirSync(folder).some((name) => name.endsWith('.part'))); // a run fails before its part is removed
    });
  }
});

/** What the process holds: its descriptors, by what they lead to, and its threads. */
function held(): string[] {
  const descriptors = readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`).replace(/\[\d+\]$/, '')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // that of this very listing
      throw error;
    }
  });
  return [...descriptors, ...readdirSync('/proc/self/task').map(() => 'a thread')];
}

/** What is held beyond what was held before, at last. */
async function leftSince(before: readonly string[]): Promise<string[]> {
  const began = performance.now();
  for (;;) {
    const known = [...before];
    const more = held().filter((one) => {
      const index = known.indexOf(one);
      if (index >= 0) known.splice(index, 1);
      return index < 0;
    });
    if (more.length === 0 || performance.now() - began > longestSettleMs) return more;
    await pause(5);
  }
}

/** A run whose stage was destroyed fails with Node's error for that, if it was not done. */
function expectLeft(failure: unknown): void {
  if (failure !== null) expect(failure).to.have.property('code', 'ERR_STREAM_PREMATURE_CLOSE');
}

/** Resolves at the next event of this kind; `once` of Node would reject at an error. */
function nextOf(stage: Readable | Writable, event: string): Promise<void> {
  return new Promise((resolve) => stage.once(event, resolve));
}

/** What a run failed with; null when it did not. */
async function settled(running: Promise<unknown>): Promise<unknown> {
  return running.then(() => null, (error: FlowError) => error);
}

async function* iterated(front: () => Readable): AsyncGenerator<unknown, void> {
  yield* front();
}

async function* failingFront(front: () => Readable): AsyncGenerator<unknown, void> {
  for await (const chunk of front()) {
    yield chunk;
    throw new Error('in front');
  }
}
