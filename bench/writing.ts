// What writing adds to counting: whole processes from the capture, in turns. Run: npx tsx bench/writing.ts --capture mix.pcap [--formats csv,arrow] [--runs 9]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, median, table } from './measure.js';

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    runs: { type: 'string', default: '9' },
    formats: { type: 'string', default: 'arrow,arrows,csv,jsonl,parquet' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const program = fileURLToPath(new URL('encoders/write-flows.mjs', import.meta.url));

/** Processor seconds of one run. */
async function seconds(args: readonly string[]): Promise<number> {
  const { user, system } = await measure([process.execPath, program, ...args]);
  return user + system;
}

async function main(capture: string): Promise<void> {
  const folder = mkdtempSync(join(values.folder, 'bench-'));
  try {
    const lines = [['format', 'counting s', 'writing s', 'more', 'range', 'MB']];
    for (const format of values.formats.split(',')) {
      const path = join(folder, `flows.${format}`);
      const pairs: [counting: number, writing: number][] = [];
      for (let run = 0; run < Number(values.runs); run++) pairs.push([await seconds([capture]), await seconds([capture, path])]);
      const more = pairs.map(([counting, writing]) => 100 * (writing / counting - 1));
      const [counting, writing] = [0, 1].map((which) => median(pairs.map((pair) => pair[which]!)).toFixed(2));
      lines.push([
        format,
        counting!,
        writing!,
        `${median(more).toFixed(1)} %`,
        `${Math.min(...more).toFixed(1)}-${Math.max(...more).toFixed(1)}`,
        (statSync(path).size / 1e6).toFixed(1),
      ]);
    }
    console.log(`${capture}; medians of ${values.runs} pairs in turns, user and system time together`);
    console.log(table(lines));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (values.capture === undefined) throw new Error('The benchmark needs --capture FILE.');
await main(values.capture);
