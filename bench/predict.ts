// How long a random forest takes to score flows: predict() beside onnxruntime in Python. Run: test/predict/setup.sh && npx tsx bench/predict.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FlowBatch } from '../lib/flows/flow-batch.js';
import { fields, predict, type IntColumn } from '../lib/index.js';
import { median, table } from './measure.js';

const help = `Scores flows with a random forest that scikit-learn has made of some of them, by predict() and by onnxruntime in Python, which has them in one array already.
  --flows N     flows (default 100000)
  --trees N     trees of the forest (default 100)
  --threads N   threads of the model on both sides (default 1)
  --times N     runs of each, of which the median counts (default 3)
  --python P    a Python with scikit-learn, skl2onnx and onnxruntime (default: that of test/predict/setup.sh, and onnxruntime)`;

const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: '100000' },
    trees: { type: 'string', default: '100' },
    threads: { type: 'string', default: '1' },
    times: { type: 'string', default: '3' },
    python: { type: 'string', default: fileURLToPath(new URL('../test/predict/venv/bin/python', import.meta.url)) },
    help: { type: 'boolean', default: false },
  },
});

const python = `
import sys, time, statistics
import numpy as np, onnxruntime
from sklearn.ensemble import RandomForestClassifier
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
source, target, rows, columns, trees, threads, times = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
x = np.fromfile(source, dtype=np.float32).reshape(rows, columns)
y = (x[:, 0] > np.median(x[:, 0])).astype(int) + 2 * (x[:, 1] + x[:, 2] > np.median(x[:, 1] + x[:, 2])) + 4 * (x[:, 3] * x[:, 4] > np.median(x[:, 3] * x[:, 4]))
forest = RandomForestClassifier(trees, random_state=1, n_jobs=2).fit(x[:20000], y[:20000])
model = to_onnx(forest, initial_types=[("X", FloatTensorType([None, columns]))], options={"zipmap": False}).SerializeToString()
open(target, "wb").write(model)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(model, options)
def once():
    began, used = time.perf_counter(), time.process_time()
    labels, probabilities = session.run(["label", "probabilities"], {"X": x})
    return time.perf_counter() - began, time.process_time() - used, int(labels.sum())
once()
walls, processors, sums = zip(*(once() for _ in range(times)))
print(statistics.median(walls), statistics.median(processors), sums[0])
`;

const columns = fields.filter(({ when }) => when === 'statistics').map(({ name }) => name);
const batchRows = 8192;

/** Flows with the 48 columns of statistics, in batches as an aggregator gives them, and all of them as one array of floats. */
function flowsOf(count: number): { batches: FlowBatch[]; array: Float32Array } {
  let state = 1;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const array = new Float32Array(count * columns.length);
  const batches: FlowBatch[] = [];
  for (let from = 0; from < count; from += batchRows) {
    const rows = Array.from({ length: Math.min(batchRows, count - from) }, (_, row) =>
      Object.fromEntries(columns.map((name, column) => [name, (array[(from + row) * columns.length + column] = Math.floor(next() * 1500))])),
    );
    batches.push(FlowBatch.from(rows));
  }
  return { batches, array };
}

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  const [flows, threads, times] = [values.flows, values.threads, values.times].map(Number) as [number, number, number];
  const folder = mkdtempSync(join(tmpdir(), 'bench-predict-'));
  try {
    const { batches, array } = flowsOf(flows);
    writeFileSync(join(folder, 'x.f32'), array);
    const model = join(folder, 'forest.onnx');
    const args = ['-c', python, join(folder, 'x.f32'), model, String(flows), String(columns.length), values.trees, values.threads, values.times];
    const [theirs, theirProcessor, sum] = execFileSync(values.python, args, { encoding: 'utf8' }).trim().split(' ').map(Number) as [number, number, number];
    const processors: number[] = [];
    const taken: number[] = [];
    for (let time = 0; time <= times; time++) {
      let ours = 0;
      let began = 0;
      let used = process.cpuUsage();
      // The model is loaded with a first batch that has no flows, as in Python before the clock starts.
      const source = Readable.from([batches[0]!.slice(0, 0), ...batches], { highWaterMark: 1 });
      const sink = new Writable({
        objectMode: true,
        write(batch: FlowBatch, _encoding, done) {
          if (batch.length === 0) [began, used] = [performance.now(), process.cpuUsage()];
          const { halves } = batch.columns[batch.schema.indexOf('kind')] as IntColumn;
          for (let row = 0; row < batch.length; row++) ours += halves[2 * row]!;
          done();
        },
      });
      await pipeline(source, predict({ model, inputs: columns, column: { label: 'kind', probabilities: 'p' }, threads }), sink);
      const { user, system } = process.cpuUsage(used);
      if (time > 0) {
        // the first one warms up
        taken.push((performance.now() - began) / 1000);
        processors.push((user + system) / 1e6);
      }
      if (ours !== sum) throw new Error(`The labels differ: their sum is ${ours} here and ${sum} in Python.`);
    }
    const [mine, myProcessor] = [median(taken), median(processors)];
    const row = (name: string, seconds: number, processor: number): string[] => [
      name,
      seconds.toFixed(3),
      processor.toFixed(3),
      Math.round(flows / seconds).toLocaleString('en'),
    ];
    console.log(`${flows} flows, ${columns.length} columns, ${values.trees} trees, threads: ${threads}`);
    console.log(
      table([['', 'seconds', 'of processors', 'flows/s'], row('predict()', mine, myProcessor), row('onnxruntime in Python', theirs, theirProcessor)]),
    );
    console.log(
      `predict() takes ${(mine / theirs).toFixed(2)} times as long, and ${(myProcessor / theirProcessor).toFixed(2)} times as much of the processors.`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
