// Makes a report of many flows, beside converting the same file: seconds and the largest resident size. Run: npx tsx bench/report.ts --flows 1000000
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { toFile } from '../lib/index.js';
import { measure, median, table } from './measure.js';
import { eachFlowBatch } from './workload/flows.js';

const help = `Makes a Parquet file of flows by streaming, and in turns converts it to Arrow and makes a report of it, each in a process of its own.
  --flows N       flows of the file (default 1000000)
  --times N       how often each is done (default 3)
  --folder PATH   where the files are (default: a new folder, removed at the end)`;

const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: '1000000' },
    times: { type: 'string', default: '3' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'nfstream-report-'));
  const source = join(folder, `flows-${values.flows}.parquet`);
  if (!existsSync(source)) await pipeline(Readable.from(eachFlowBatch(Number(values.flows)), { highWaterMark: 1 }), toFile(source));
  const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const [arrow, page] = [join(folder, 'flows.arrow'), join(folder, 'flows.html')];
  const programs = [
    { name: 'convert to Arrow', target: arrow, line: ['convert', source, '-o', arrow, '-q'] },
    { name: 'report', target: page, line: ['report', source, '-o', page, '-q'] },
    { name: 'report, no flows inside', target: page, line: ['report', source, '-o', page, '-q', '--flow-bytes', '0'] },
  ].map((program) => ({ ...program, walls: [] as number[], residents: [] as number[], size: 0 }));
  for (let time = 0; time < Number(values.times); time++) {
    for (const program of programs) {
      const { wall, resident } = await measure([process.execPath, command, ...program.line]);
      program.walls.push(wall);
      program.residents.push(resident);
      program.size = statSync(program.target).size;
    }
  }
  const rows = programs.map(({ name, walls, residents, size }) => [
    name,
    median(walls).toFixed(1),
    (Math.max(...residents) / 1e6).toFixed(0),
    (size / 1e6).toFixed(1),
  ]);
  console.log(`${values.flows} flows from Parquet, ${(statSync(source).size / 1e6).toFixed(0)} MB`);
  console.log(table([['', 'seconds', 'resident MB', 'MB written'], ...rows]));
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

await main();
