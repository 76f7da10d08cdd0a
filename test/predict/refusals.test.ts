import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { predict, Predictor, type PredictOptions } from '../../lib/predict/predict.js';
import { findRuntime } from '../../lib/predict/runtime.js';
import { failureOf, testFolder } from '../files/file-folder.js';
import { streamOf } from '../samples.js';
import { fakeRuntime, tensor, value, type FakeModel } from './fake-runtime.js';

const batch = FlowBatch.from([
  { id: 0, src_ip: '10.0.0.1', src_port: 1 },
  { id: 1, src_ip: '10.0.0.2', src_port: 2 },
]).withColumn('own', 'list', [[1, 2], null]);

const bytes = Buffer.from('a model');
const usual: PredictOptions = { model: bytes, inputs: ['src_port'] };

async function fails(options: Partial<PredictOptions>, model: FakeModel = {}): Promise<FlowError> {
  const runtime = fakeRuntime(model);
  const stage = new Predictor({ ...usual, ...options }, runtime);
  const error = await failureOf(pipeline(streamOf([batch]), stage, new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() })));
  if (!stage.closed) await once(stage, 'close');
  expect(runtime.open).to.equal(0);
  expect(error).to.be.instanceOf(FlowError);
  return error as FlowError;
}

describe('predict() refuses', () => {
  const { path } = testFolder();

  const failing: [what: string, options: Partial<PredictOptions>, code: string, message: RegExp, model?: FakeModel][] = [
    [
      'columns that do not exist',
      { inputs: ['src_prt', 'id', 'nothing'] },
      'ERR_NFSTREAM_COLUMN',
      /inputs that are no columns of these flows: src_prt \(did you mean src_port\?\), nothing\./,
    ],
    ['text', { inputs: ['src_ip', 'id'] }, 'ERR_NFSTREAM_COLUMN', /takes numbers, but these inputs of predict\(\) are text: src_ip\. Leave them out\./],
    ['a name that is taken', { column: 'src_port' }, 'ERR_NFSTREAM_COLUMN', /There is a column named "src_port" already/],
    ['a name that is taken in JavaScript', { column: 'srcPort' }, 'ERR_NFSTREAM_COLUMN', /There is a column named "srcPort" already/],
    ['a name given twice', { column: { label: 'a', score: 'a' } }, 'ERR_NFSTREAM_COLUMN', /There is a column named "a" already/],
    [
      'too few columns',
      {},
      'ERR_NFSTREAM_MODEL',
      /The input X of the model takes 3 numbers a flow, but inputs gives it 1\./,
      { inputs: [value('X', 'float32', '', 3)] },
    ],
    [
      'too many for one dimension',
      { inputs: 'own' },
      'ERR_NFSTREAM_MODEL',
      /takes 1 numbers a flow, but inputs gives it 2/,
      { inputs: [value('X', 'float32', '')] },
    ],
    [
      'an input of float64',
      {},
      'ERR_NFSTREAM_MODEL',
      /The input X of the model takes float64, but predict\(\) feeds float32/,
      { inputs: [value('X', 'float64', '', 1)] },
    ],
    ['an input that is no tensor', {}, 'ERR_NFSTREAM_MODEL', /The input X of the model takes no tensor, but/, { inputs: [{ name: 'X', isTensor: false }] }],
    ['an input of three dimensions', {}, 'ERR_NFSTREAM_MODEL', /The input X of the model has 3 dimensions/, { inputs: [value('X', 'float32', '', 1, 1)] }],
    ['a fixed number of rows', {}, 'ERR_NFSTREAM_MODEL', /takes exactly 32 rows at once/, { inputs: [value('X', 'float32', 32, 1)] }],
    [
      'several inputs',
      {},
      'ERR_NFSTREAM_MODEL',
      /The model has 2 inputs, a, b; give inputs as an object/,
      { inputs: [value('a', 'float32', ''), value('b', 'float32', '')] },
    ],
    ['an unknown input', { inputs: { X: 'id', Z: 'id' } }, 'ERR_NFSTREAM_MODEL', /The model has no input Z; it has X\./],
    [
      'an input that is not fed',
      { inputs: { a: 'id' } },
      'ERR_NFSTREAM_MODEL',
      /has the input toString, for which inputs names no columns/,
      { inputs: [value('a', 'float32', ''), value('toString', 'float32', '')] },
    ],
    ['an unknown output', { column: { lable: 'x' } }, 'ERR_NFSTREAM_MODEL', /The model has no output lable; it has label, score, name, p\./],
    [
      "scikit-learn's ZipMap",
      { column: { map: 'p' } },
      'ERR_NFSTREAM_MODEL',
      /The output map of the model is a sequence or a map, and no tensor; convert the model with options=\{'zipmap': False\}\./,
      { outputs: [value('label', 'int64', ''), { name: 'map', isTensor: false }] },
    ],
    ['too few names', { column: { p: ['one'] } }, 'ERR_NFSTREAM_MODEL', /The output p of the model has 2 values a flow, but 1 names were given: one\./],
    [
      'a type that no column holds',
      {},
      'ERR_NFSTREAM_MODEL',
      /of the type float16, which no column holds/,
      { outputs: [value('Y', 'float16', '')], give: () => ({ Y: tensor('float16', [2], [1, 2]) }) },
    ],
    [
      'a shape that is no row',
      {},
      'ERR_NFSTREAM_MODEL',
      /has the shape \[1\] for 2 flows/,
      { outputs: [value('Y', 'int32', 1)], give: () => ({ Y: tensor('int32', [1], Int32Array.of(1)) }) },
    ],
    [
      'a shape of three dimensions',
      {},
      'ERR_NFSTREAM_MODEL',
      /has the shape \[2, 1, 1\] for 2 flows/,
      { outputs: [value('Y', 'int32', '')], give: () => ({ Y: tensor('int32', [2, 1, 1], Int32Array.of(1, 2)) }) },
    ],
    [
      'another shape later',
      {},
      'ERR_NFSTREAM_MODEL',
      /was 1 values of int32 a flow, and is now 1 of int32 for 2 flows/,
      {
        outputs: [value('Y', 'int32', '')],
        give: ([first]) => (first![0] === 0 ? { Y: tensor('int32', [2], Int32Array.of(1, 2)) } : { Y: tensor('int32', [1], Int32Array.of(1)) }),
      },
    ],
    [
      'a model that fails',
      {},
      'ERR_NFSTREAM_MODEL',
      /The model failed: Non-zero status code/,
      {
        give: () => {
          throw new Error('Non-zero status code');
        },
      },
    ],
    [
      'a runtime that mixes outputs up',
      { column: { p: 'p' } },
      'ERR_NFSTREAM_PEER',
      /did not give the output p of the model; install version 1\.24\.3 or a later one\./,
      { give: (rows) => ({ label: tensor('float32', [rows.length], new Float32Array(rows.length)) }) },
    ],
    [
      'what is no model',
      { model: Buffer.from('abc') },
      'ERR_NFSTREAM_MODEL',
      /The model of 3 bytes is no ONNX model that onnxruntime can load: protobuf parsing failed/,
    ],
    ['a file that does not exist', { model: '/nowhere/x.onnx' }, 'ERR_NFSTREAM_NO_SUCH_FILE', /There is no file \/nowhere\/x\.onnx/],
  ];
  for (const [what, options, code, message, model] of failing) {
    it(`fails for ${what}`, async () => {
      const error = await fails(options, model);
      expect(error.message).to.match(message);
      expect(error.code).to.equal(code);
    });
  }

  const refused: [options: unknown, code: string, message: RegExp][] = [
    [undefined, 'ERR_NFSTREAM_OPTION_TYPE', /an object for the options of predict\(\) but received undefined/],
    [{ inputs: ['id'] }, 'ERR_NFSTREAM_OPTION_TYPE', /a path or a Uint8Array for model but received none/],
    [{ model: 'x' }, 'ERR_NFSTREAM_OPTION_TYPE', /the names of columns for inputs but received none/],
    [{ ...usual, model: new Uint8Array(0) }, 'ERR_NFSTREAM_OPTION_RANGE', /the bytes of a model for model but received none/],
    [{ ...usual, model: 5 }, 'ERR_NFSTREAM_OPTION_TYPE', /for model but received 5/],
    [{ ...usual, inputs: {} }, 'ERR_NFSTREAM_OPTION_RANGE', /an object that is not empty for inputs/],
    [{ ...usual, inputs: { X: [] } }, 'ERR_NFSTREAM_OPTION_TYPE', /an array of names for inputs\.X but received an array of 0/],
    [{ ...usual, column: '' }, 'ERR_NFSTREAM_OPTION_RANGE', /names that are not empty for column/],
    [{ ...usual, nulls: Infinity }, 'ERR_NFSTREAM_OPTION_RANGE', /a number that is not infinite for nulls/],
    [{ ...usual, threads: 0 }, 'ERR_NFSTREAM_OPTION_RANGE', /an integer from 1 to 64 for threads/],
    [{ ...usual, columns: ['x'] }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /no option columns here\. Did you mean column\?/],
  ];
  for (const [options, code, message] of refused) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      expect(() => predict(options as PredictOptions))
        .to.throw(FlowError, message)
        .with.property('code', code);
    });
  }

  it('says which package is missing, and how to install it', () => {
    expect(() => findRuntime('onnxruntime-nowhere'))
      .to.throw(FlowError, 'predict() needs the package onnxruntime-nowhere, which is not installed; run: npm install --ignore-scripts onnxruntime-nowhere')
      .with.property('code', 'ERR_NFSTREAM_PEER');
    writeFileSync(path('broken.cjs'), 'throw new Error("no such library")');
    expect(findRuntime(path('broken.cjs')))
      .to.throw(FlowError, /is installed, but could not be loaded: no such library\. Install it again/)
      .with.property('code', 'ERR_NFSTREAM_PEER');
  });
});
