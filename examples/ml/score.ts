// Tells what flows are by a model of train.py. Run: npx tsx examples/ml/score.ts fixtures/office.pcap kind.onnx scored.parquet
import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, predict, toFile } from 'nfstream';

const [capture, model, target] = process.argv.slice(2);
if (capture === undefined || model === undefined || target === undefined) {
  console.error('Usage: npx tsx examples/ml/score.ts CAPTURE MODEL OUTPUT');
  process.exit(2);
}
const inputs = JSON.parse(readFileSync(model.replace(/\.onnx$/, '.json'), 'utf8')) as string[];
const scored = predict({ model, inputs, column: { label: 'kind', probabilities: 'p' } });

// As the flows were made that the model has learnt from.
await pipeline(captureFile(capture), aggregate({ statistics: true, splt: 8, freezeAfter: 8 }), scored, toFile(target));
console.log(`${scored.report().flows} flows`);
