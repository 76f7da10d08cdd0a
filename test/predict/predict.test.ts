import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { Predictor, type PredictOptions } from '../../lib/predict/predict.js';
import { failureOf, testFolder } from '../files/file-folder.js';
import { cut, sampleBatch, streamOf } from '../samples.js';
import { fakeRuntime, tensor, value, type FakeModel, type FakeRuntime } from './fake-runtime.js';

const rows = [
  { id: 0, src_ip: '10.0.0.1', src_port: 1, bidirectional_bytes: 2 ** 24 + 1, ratio: 0.5, maybe: 7, ns: 1_700_000_000_123_456_789n },
  { id: 1, src_ip: '10.0.0.2', src_port: 2, bidirectional_bytes: 100, ratio: -1e300, maybe: null, ns: -3n },
];
const batch = FlowBatch.from(rows).withColumn('own', 'list', [[1, 2], null]);

const bytes = Buffer.from('a model');
const usual: PredictOptions = { model: bytes, inputs: ['src_port'] };

async function predicted(options: Partial<PredictOptions>, model: FakeModel | FakeRuntime = {}, batches: readonly FlowBatch[] = [batch]): Promise<FlowBatch[]> {
  const runtime = 'open' in model ? model : fakeRuntime(model);
  const stage = new Predictor({ ...usual, ...options }, runtime);
  const given = (await streamOf([...batches])
    .pipe(stage)
    .toArray()) as FlowBatch[];
  if (!stage.closed) await once(stage, 'close');
  expect(runtime.open).to.equal(0);
  return given;
}

async function columns(options: Partial<PredictOptions>, model: FakeModel = {}): Promise<Record<string, unknown[]>> {
  const [given] = await predicted(options, model);
  const added = given!.schema.fields.slice(batch.schema.fields.length).map(({ name }) => name);
  return Object.fromEntries(added.map((name) => [name, [...given!].map((flow) => flow.toObject()[name])]));
}

describe('predict()', () => {
  const { path } = testFolder();

  /** What a model that gives back what it is fed says. */
  const echo = (width: number): FakeModel => ({
    outputs: [value('Y', 'float32', '', width)],
    give: (fed) => ({ Y: tensor('float32', [fed.length, width], Float32Array.from(fed.flat())) }),
  });
  const feeding: [inputs: string | string[], expected: unknown[][], options?: Partial<PredictOptions>][] = [
    ['src_port', [[1, 2]]],
    [['srcPort'], [[1, 2]]],
    [
      ['id', 'src_port'],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    // The next float of 32 bits.
    ['bidirectional_bytes', [[2 ** 24, 100]]],
    // What is beyond a float of 32 bits is infinite there, and null here.
    ['ratio', [[0.5, null]]],
    ['ns', [[Math.fround(Number(1_700_000_000_123_456_789n)), -3]]],
    ['maybe', [[7, null]]],
    ['maybe', [[7, -1]], { nulls: -1 }],
    [
      'own',
      [
        [1, null],
        [2, null],
      ],
    ],
    [
      'own',
      [
        [1, 9],
        [2, 9],
      ],
      { nulls: 9 },
    ],
    [
      ['own', 'src_port', 'own'],
      [
        [1, 0],
        [2, 0],
        [1, 2],
        [1, 0],
        [2, 0],
      ],
      { nulls: 0 },
    ],
  ];
  for (const [inputs, expected, options] of feeding) {
    it(`feeds ${JSON.stringify(inputs)}${options === undefined ? '' : ` with nulls as ${options.nulls}`}`, async () => {
      expect(Object.values(await columns({ inputs, ...options }, echo(expected.length)))).to.deep.equal(expected);
    });
  }

  const taking: [column: PredictOptions['column'], expected: Record<string, unknown[]>][] = [
    [undefined, { prediction: [1, 2] }],
    ['kind', { kind: [1, 2] }],
    [['kind'], { kind: [1, 2] }],
    [{ score: 'score' }, { score: [1, 2] }],
    [
      { name: 'text', label: 'kind' },
      { text: ['sum 1', 'sum 2'], kind: [1, 2] },
    ],
    [{ p: 'p' }, { p_0: [1, 2], p_1: [-1, -2] }],
    [{ p: ['yes', 'no'] }, { yes: [1, 2], no: [-1, -2] }],
  ];
  for (const [column, expected] of taking) {
    it(`takes ${JSON.stringify(column)}`, async () => {
      expect(await columns(column === undefined ? {} : { column })).to.deep.equal(expected);
    });
  }

  const types: [type: string, data: ArrayLike<unknown>, expected: unknown[], column: string][] = [
    ['int64', BigInt64Array.of(-(2n ** 53n), 5n), [-(2 ** 53), 5], 'int'],
    ['int32', Int32Array.of(-7, 5), [-7, 5], 'int'],
    ['uint8', Uint8Array.of(255, 0), [255, 0], 'int'],
    ['bool', Uint8Array.of(1, 0), [1, 0], 'int'],
    ['float32', Float32Array.of(0.5, NaN), [0.5, null], 'float'],
    ['float64', Float64Array.of(-Infinity, 0.1), [null, 0.1], 'float'],
    ['string', ['ä', ''], ['ä', ''], 'text'],
  ];
  for (const [type, data, expected, column] of types) {
    it(`makes a column of ${column} of a tensor of ${type}`, async () => {
      const model = { outputs: [value('Y', type, '')], give: () => ({ Y: tensor(type, [2], data) }) };
      expect(await columns({}, model)).to.deep.equal({ prediction: expected });
      const [given] = await predicted({}, model);
      expect(given!.schema.fields.at(-1)).to.include({ name: 'prediction', type: column, nullable: true });
    });
  }

  it('feeds several inputs, also those of one dimension', async () => {
    const model: FakeModel = {
      inputs: [value('a', 'float32', ''), value('b', 'float32', '', 2)],
      outputs: [value('Y', 'float32', '', 3)],
      give: (fed) => ({ Y: tensor('float32', [fed.length, 3], Float32Array.from(fed.flat())) }),
    };
    expect(await columns({ inputs: { b: ['id', 'src_port'], a: 'maybe' }, column: ['a', 'b', 'c'] }, model)).to.deep.equal({
      a: [7, null],
      b: [0, 1],
      c: [1, 2],
    });
  });

  it('tells in the metadata what was fed and taken, and keeps everything else of a batch', async () => {
    const [given] = await predicted({ column: { p: 'p' } });
    expect(JSON.parse(given!.schema.metadata['nfstream.predicted']!)).to.deep.equal({ inputs: ['src_port'], columns: { p: ['p_0', 'p_1'] } });
    expect(given!.columns.slice(0, batch.columns.length)).to.deep.equal(batch.columns);
    expect(given!.schema.run).to.equal(batch.schema.run);
  });

  it('scores any number of flows in runs of 128, however they come, and one by one where the model wants that', async () => {
    const all = sampleBatch(600);
    const ports = Array.from({ length: 600 }, (_, index) => index);
    for (const batches of [[all], cut(all, [1, 255, 256, 500]), [...cut(all, [300]), all.slice(0, 0)]]) {
      const runtime = fakeRuntime();
      const given = await predicted({}, runtime, batches);
      expect(given.map(({ length }) => length)).to.deep.equal(batches.map(({ length }) => length));
      expect(given.flatMap((one) => [...one].map((flow) => flow.toObject()['prediction']))).to.deep.equal(ports);
      expect(Math.max(...runtime.runs)).to.be.at.most(128);
    }
    const single = fakeRuntime({ inputs: [value('X', 'float32', 1, 1)] });
    await predicted({}, single);
    expect(single.runs).to.deep.equal([1, 1, 1]); // the first finds out what it gives
  });

  it('gives the schema with a first batch that has no flows, and lets one without columns through', async () => {
    const [none] = await predicted({}, {}, [batch.slice(0, 0)]);
    expect([none!.length, none!.schema.fields.at(-1)!.name]).to.deep.equal([0, 'prediction']);
    const runtime = fakeRuntime();
    const [empty] = await predicted({}, runtime, [FlowBatch.from([])]);
    expect([empty!.length, empty!.schema.fields.length, runtime.created.length]).to.deep.equal([0, 0, 0]);
  });

  it('keeps one schema as long as the flows do, and makes another for others', async () => {
    const given = await predicted({}, {}, [...cut(batch, [1]), batch.select(['src_port'])]);
    expect(given[1]!.schema).to.equal(given[0]!.schema);
    expect(given[2]!.schema.fields.map(({ name }) => name)).to.deep.equal(['src_port', 'prediction']);
  });

  it('loads a file by its path, on the threads that are asked for', async () => {
    const runtime = fakeRuntime();
    writeFileSync(path('m.onnx'), bytes);
    await predicted({ model: path('m.onnx'), threads: 3 }, runtime);
    expect(runtime.created[0]).to.deep.equal({ model: path('m.onnx'), options: { intraOpNumThreads: 3, interOpNumThreads: 1, logSeverityLevel: 4 } });
  });

  const stage = (options: object = {}, runtime = fakeRuntime()): Predictor => new Predictor({ ...usual, ...options }, runtime);
  const nowhere = (each = (): void => {}): Writable =>
    new Writable({ objectMode: true, write: (_chunk, _encoding, done) => (each(), void setImmediate(() => done())) });

  it('takes batches only, and is single-use', async () => {
    expect((await failureOf(pipeline(Readable.from(['text']), stage(), nowhere()))).code).to.equal('ERR_NFSTREAM_BATCH_TYPE');
    const used = stage();
    await streamOf([batch]).pipe(used).toArray();
    expect((await failureOf(pipeline(streamOf([batch]), used, nowhere()))).message).to.match(/This predict\(\) stage was used already/);
  });

  it('counts the flows that it scored, and raises the damage after the last one', async () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.');
    const damaged = FlowBatch.from(rows, { damage });
    const one = stage();
    const got: number[] = [];
    const error = await failureOf(
      (async () => {
        for await (const given of streamOf([damaged, damaged.slice(1)]).pipe(one)) got.push(given.length);
      })(),
    );
    expect(error).to.equal(damage);
    expect([got, one.report()]).to.deep.equal([[2, 1], { flows: 3 }]);
  });

  it('keeps back-pressure, and frees the model when it is left, aborted, destroyed or has failed', async () => {
    const endless = (): { source: Readable; given: () => number } => {
      let given = 0;
      const source = Readable.from(
        (function* () {
          for (; ; given++) yield batch;
        })(),
        { highWaterMark: 1 },
      );
      return { source, given: () => given };
    };
    const runtime = fakeRuntime();
    const { source, given } = endless();
    const waiting = source.pipe(stage({}, runtime));
    await once(waiting, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(given()).to.be.below(12);
    expect(runtime.open).to.equal(1);
    waiting.destroy();
    source.destroy();
    await once(waiting, 'close');

    for await (const one of endless().source.pipe(stage({}, runtime))) {
      expect(one.length).to.equal(2);
      break;
    }
    const abort = new AbortController();
    const aborted = stage({ signal: abort.signal }, runtime);
    expect(
      (
        await failureOf(
          pipeline(
            endless().source,
            aborted,
            nowhere(() => abort.abort()),
          ),
        )
      ).name,
    ).to.equal('AbortError');
    const middle = stage({}, runtime);
    const busy = pipeline(streamOf([sampleBatch(5000)]), middle, nowhere());
    while (runtime.runs.at(-1) !== 128) await new Promise((resolve) => setImmediate(resolve));
    middle.destroy(new Error('enough'));
    expect((await failureOf(busy)).message).to.equal('enough');
    expect(runtime.runs.filter((count) => count === 128)).to.have.length.below(39);
    if (!aborted.closed) await once(aborted, 'close');
    if (!middle.closed) await once(middle, 'close');
    expect(runtime.open).to.equal(0);
    expect(() => stage({ signal: AbortSignal.abort() }).once('error', () => {})).not.to.throw();
  });
});
