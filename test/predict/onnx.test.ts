import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { fromFile, predict, Streamer, type PredictOptions } from '../../lib/index.js';
import { findRuntime } from '../../lib/predict/runtime.js';
import { failureOf, testFolder } from '../files/file-folder.js';
import { streamOf } from '../samples.js';
import { classes, classifier, weights } from './onnx-model.js';

const installed = ((): boolean => {
  try {
    findRuntime();
    return true;
  } catch {
    return false; // that is the answer
  }
})();

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

const rows = Array.from({ length: 1000 }, (_, id) => ({ id, a: ((id * 7) % 23) - 11, b: id % 10 === 0 ? null : ((id * 5) % 17) / 4 - 2 }));
const batch = FlowBatch.from(rows);

/** What the model makes of two features. */
function scored(a: number, b: number): { label: number; p: number[] } {
  const scores = classes.map((_, index) => a * weights[0][index]! + b * weights[1][index]!);
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { label: scores.indexOf(Math.max(...scores)), p: powers.map((power) => power / total) };
}

async function predicted(options: Omit<PredictOptions, 'model' | 'inputs'>, model: Uint8Array = classifier()): Promise<Record<string, unknown>[]> {
  const given = (await streamOf([batch])
    .pipe(predict({ model, inputs: ['a', 'b'], ...options }))
    .toArray()) as FlowBatch[];
  return given.flatMap((one) => [...one].map((flow) => flow.toObject()));
}

describe('predict() with onnxruntime', function () {
  this.timeout(60_000);
  const { path, text } = testFolder();

  if (!installed) {
    it('is tried where onnxruntime-node is installed', () => {
      console.log('      (onnxruntime-node is not installed; test/predict/setup.sh installs it)');
      expect(() => predict({ model: 'x.onnx', inputs: ['id'] }))
        .to.throw()
        .with.property('code', 'ERR_NFSTREAM_PEER');
    });
    return;
  }

  it('gives labels, texts and probabilities', async () => {
    const given = await predicted({ column: { label: 'kind', name: 'text', p: 'p' }, nulls: 0 });
    for (const [index, { a, b }] of rows.entries()) {
      const expected = scored(a, b ?? 0);
      expect(given[index]).to.include({ id: index, kind: expected.label, text: classes[expected.label] });
      for (const [each, p] of expected.p.entries()) expect(given[index]![`p_${each}`]).to.be.closeTo(p, 1e-6);
    }
  });

  it('feeds a null as NaN, and gives null for what comes of it', async () => {
    const given = await predicted({ column: { p: ['web', 'dns', 'other'] } });
    expect(given[10]).to.include({ b: null, web: null, dns: null, other: null });
    expect(given[11]!['web']).to.be.a('number');
  });

  it('gives the same whether flows are scored at once or one by one', async () => {
    const together = await predicted({ column: { p: 'p' }, nulls: 0 });
    const apart = await predicted({ column: { p: 'p' }, nulls: 0 }, classifier('float32', 1));
    expect(apart).to.have.length(together.length);
    for (const [index, { p_0, p_1 }] of apart.entries()) {
      expect(p_0).to.be.closeTo(together[index]!['p_0'] as number, 1e-6);
      expect(p_1).to.be.closeTo(together[index]!['p_1'] as number, 1e-6);
    }
  });

  const failing: [what: string, options: Omit<PredictOptions, 'model' | 'inputs'>, model: Uint8Array, message: RegExp][] = [
    ['the output of ZipMap', { column: { map: 'p' } }, classifier(), /a sequence or a map, and no tensor; convert the model with options=\{'zipmap': False\}/],
    ['an input of float64', {}, classifier('float64'), /The input X of the model takes float64, but predict\(\) feeds float32/],
    ['a fixed number of rows', {}, classifier('float32', 7), /takes exactly 7 rows at once/],
    ['a model that is cut off', {}, classifier().subarray(0, 200), /The model of 200 bytes is no ONNX model that onnxruntime can load: /],
    ['what is no model', {}, Buffer.from('nothing'), /The model of 7 bytes is no ONNX model/],
  ];
  for (const [what, options, model, message] of failing) {
    it(`refuses ${what}`, async () => {
      const error = await failureOf(predicted(options, model));
      expect(error.message).to.match(message);
      expect(error.code).to.equal('ERR_NFSTREAM_MODEL');
    });
  }

  it('scores in the command, and in a Streamer; the process ends by itself and says nothing of its own', async () => {
    writeFileSync(path('m.onnx'), classifier());
    const inputs = ['src2dst_packets', 'dst2src_packets'];
    const flags = ['--predict', path('m.onnx'), '--predict-inputs', inputs.join(), '--predict-column', 'name=kind,p=p', '-q'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, office, '-o', path('command.csv'), '--dissections', '0', ...flags]);
    expect([stdout, stderr]).to.deep.equal(['', '']);
    const options = { model: path('m.onnx'), inputs, column: { name: 'kind', p: 'p' } };
    await new Streamer({ source: office, dissections: 0, predict: options }).toCsv(path('streamer.csv'));
    expect(text('streamer.csv')).to.equal(text('command.csv'));
    for await (const flows of fromFile(path('command.csv')))
      for (const flow of flows) {
        const { src2dst_packets: a, dst2src_packets: b, kind } = flow.toJSON() as Record<string, number | string>;
        expect(kind).to.equal(classes[scored(a as number, b as number).label]);
      }
  });
});
