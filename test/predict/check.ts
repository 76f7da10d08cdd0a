import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// tsx test/predict/check.ts: examples/ml from captures to predictions, of which scikit-learn must make the same. test/predict/setup.sh before.

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = join(root, 'test/predict/venv/bin/python');
const folder = mkdtempSync(join(tmpdir(), 'nfstream-predict-'));
const path = (name: string): string => join(folder, name);
const captures = readdirSync(join(root, 'fixtures'))
  .filter((name) => name.endsWith('.pcap'))
  .map((name) => join(root, 'fixtures', name));

function run(program: string, ...args: string[]): string {
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.test.json') };
  return execFileSync(program, args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** @throws when a text is not as it should be */
function expected(text: string, pattern: RegExp): void {
  process.stdout.write(text);
  if (!pattern.test(text)) throw new Error(`Expected ${pattern} of ${text}`);
}

try {
  const features = ['--statistics', '--splt', '8', '--freeze-after', '8'];
  run(process.execPath, join(root, 'dist/cli/main.js'), ...captures, ...features, '-q', '-o', path('flows.parquet'));
  expected(run(python, 'examples/ml/train.py', path('flows.parquet'), path('kind.onnx')), /^0\.[89]\d* of the flows that were held back are told right$/m);
  expected(
    run(process.execPath, '--import', 'tsx', 'examples/ml/score.ts', 'fixtures/office.pcap', path('kind.onnx'), path('scored.parquet')),
    /^[1-9]\d+ flows\n$/,
  );
  expected(run(python, 'examples/ml/compare.py', path('scored.parquet'), path('kind.onnx')), /^[1-9]\d+ flows: 0 labels differ,/);
  console.log('predict() and scikit-learn say the same.');
} finally {
  rmSync(folder, { recursive: true });
}
