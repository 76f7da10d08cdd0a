// Converts a file of many flows: rows a second and the largest resident size. Run: npx tsx bench/convert.ts --flows 10000000 --from jsonl --to csv,arrow,parquet
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { toFile } from '../lib/index.js';
import { measure, table } from './measure.js';
import { eachFlowBatch } from './workload/flows.js';

const help = `Makes a file of flows with nfstream's columns by streaming, and converts it with the command, in a process of its own.
  --flows N       flows of the file (default 1000000)
  --from FORMAT   format of the file: json, jsonl, csv, arrow or arrows (default jsonl)
  --to FORMATS    formats to convert it to, with commas between them (default csv,arrow,parquet)
  --folder PATH   where the files are (default: a new folder, removed at the end)`;

const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: '1000000' },
    from: { type: 'string', default: 'jsonl' },
    to: { type: 'string', default: 'csv,arrow,parquet' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'nfstream-convert-'));
  const source = join(folder, `flows-${values.flows}.${values.from}`);
  if (!existsSync(source)) await pipeline(Readable.from(eachFlowBatch(Number(values.flows)), { highWaterMark: 1 }), toFile(source));
  const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const rows = [['to', 'seconds', 'flows/s', 'MB/s read', 'resident MB', 'MB written']];
  for (const format of values.to.split(',')) {
    const target = join(folder, `converted.${format}`);
    const { wall, resident } = await measure([process.execPath, command, 'convert', source, '-o', target, '-q']);
    rows.push([
      format,
      wall.toFixed(1),
      String(Math.round(Number(values.flows) / wall)),
      (statSync(source).size / wall / 1e6).toFixed(0),
      (resident / 1e6).toFixed(0),
      (statSync(target).size / 1e6).toFixed(0),
    ]);
    rmSync(target);
  }
  console.log(`${values.flows} flows from ${values.from}, ${(statSync(source).size / 1e6).toFixed(0)} MB\n${table(rows)}`);
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

await main();
