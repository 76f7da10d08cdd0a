import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../measure.js';

const help = `Compares numbers of meters at counting alone, without labels: a capture is read and decoded before. Seconds are the best of the rounds, taken in turns.
  --capture FILE   a capture, for example of bench/workload.ts
  --meters 1,2     how many (default 1,2)
  --rounds N       rounds of each (default 5)`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    meters: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

const folder = fileURLToPath(new URL('../native', import.meta.url));
const cases = [
  { what: 'as it is', capacity: 500_000_000, worst: 0 },
  { what: 'a table that is full', capacity: 1000, worst: 0 },
  { what: 'all between two addresses', capacity: 500_000_000, worst: 1 },
  { what: 'all of one flow', capacity: 500_000_000, worst: 2 },
];

interface Best {
  wall: number;
  processor: number;
}

function round(capture: string, meters: string, capacity: number, worst: number): Best {
  const output = execFileSync(join(folder, 'build/time-meters'), [capture, meters, '1', String(capacity), String(worst)], { encoding: 'utf8' });
  const [wall, processor] = output.split(' ').map(Number);
  return { wall: wall!, processor: processor! };
}

function main(): void {
  const { capture } = values;
  if (values.help || capture === undefined) return console.log(help);
  execFileSync('make', ['-s', '-j2', '-C', folder], { stdio: 'inherit' });
  const counts = values.meters.split(',');
  const rows = [['packets', 'meters', 'wall s', 'so many times as fast', 'processor s', 'more processor time']];
  for (const { what, capacity, worst } of cases) {
    const best = counts.map((): Best => ({ wall: Infinity, processor: Infinity }));
    for (let i = 0; i < Number(values.rounds); i++) {
      counts.forEach((meters, at) => {
        const { wall, processor } = round(capture, meters, capacity, worst);
        best[at] = { wall: Math.min(best[at]!.wall, wall), processor: Math.min(best[at]!.processor, processor) };
      });
    }
    const [first] = best as [Best];
    best.forEach(({ wall, processor }, at) => {
      rows.push([
        what,
        counts[at]!,
        wall.toFixed(3),
        (first.wall / wall).toFixed(2),
        processor.toFixed(3),
        `${((100 * (processor - first.processor)) / first.processor).toFixed(0)} %`,
      ]);
    });
  }
  console.log(table(rows));
}

main();
