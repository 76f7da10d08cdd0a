// Which thread works how long, what of it can be divided, and what more processors would give of that: a simulation.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { environment, median, table } from '../measure.js';

const help = `Prints the processor seconds of a run's threads, and simulates runs with more processors and meters.
  --capture FILE   a capture, for example of bench/workload.ts
  --short FILE     a capture of few packets, for the time of the start (default fixtures/office.pcap)
  --runs N         runs of each, of which medians are taken (default 5)
  --options TEXT   of the command for all runs: --options='--statistics --splt 20'`;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    short: { type: 'string', default: here('../../fixtures/office.pcap') },
    runs: { type: 'string', default: '5' },
    options: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

/** Seconds on a processor. */
interface Seconds {
  wall: number;
  /** The thread of JavaScript. */
  main: number;
  dissection: number;
  /** Threads of the pool, which read, decode, count and write rows, and V8's own. */
  pool: number;
}

/** Of each thread by its number: its name and nanoseconds on a processor. */
type Threads = Map<string, { name: string; ns: number }>;

/** A thread that ends meanwhile keeps what was read before. */
function look(pid: number, threads: Threads): void {
  const folder = `/proc/${pid}/task`;
  try {
    for (const thread of readdirSync(folder)) {
      const name = readFileSync(join(folder, thread, 'comm'), 'latin1').trim();
      threads.set(thread, { name, ns: Number(readFileSync(join(folder, thread, 'schedstat'), 'latin1').split(' ')[0]) });
    }
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function run(command: readonly string[]): Promise<Seconds> {
  const began = process.hrtime.bigint();
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  const ended = once(child, 'exit');
  const threads: Threads = new Map();
  while (child.exitCode === null && child.signalCode === null) {
    look(child.pid!, threads);
    await Promise.race([pause(5), ended]);
  }
  if (child.exitCode !== 0) throw new Error(`${command.join(' ')} exited with ${child.exitCode}`);
  const wall = Number(process.hrtime.bigint() - began) / 1e9;
  const sum = (counts: (name: string, thread: string) => boolean): number =>
    [...threads].filter(([thread, { name }]) => counts(name, thread)).reduce((total, [, { ns }]) => total + ns, 0) / 1e9;
  const isMain = (thread: string): boolean => thread === String(child.pid);
  const dissects = (name: string): boolean => name === 'nfstream dpi';
  return {
    wall,
    main: sum((_, thread) => isMain(thread)),
    dissection: sum(dissects),
    pool: sum((name, thread) => !isMain(thread) && !dissects(name)),
  };
}

const medianOf = (runs: readonly Seconds[], pick: (seconds: Seconds) => number): number => median(runs.map(pick));

async function main(capture: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const options = values.options.split(' ').filter((option) => option !== '');
    const flowsOf = (source: string, ...more: string[]): string[] => [
      process.execPath,
      here('../../dist/cli/main.js'),
      source,
      '-q',
      '-o',
      join(folder, 'flows.csv'),
      ...options,
      ...more,
    ];
    const commands = {
      read: [process.execPath, here('read-packets.mjs'), capture],
      start: flowsOf(values.short),
      labels: flowsOf(capture),
      none: flowsOf(capture, '--dissections', '0'),
    };
    const names = Object.keys(commands) as (keyof typeof commands)[];
    const runs = Object.fromEntries(names.map((name) => [name, [] as Seconds[]])) as Record<keyof typeof commands, Seconds[]>;
    for (let turn = 0; turn < Number(values.runs); turn++) for (const name of names) runs[name].push(await run(commands[name]));
    const start = medianOf(runs.start, ({ wall }) => wall);
    const reading = medianOf(runs.read, ({ pool }) => pool);
    const measured = [['run', 'wall s', 'start', 'JavaScript', 'reading and decoding', 'counting and rows', 'dissecting', 'cannot be divided']];
    const simulated = [['run', 'processors', 'meters', 'wall s, simulated']];
    for (const [name, what] of [
      ['labels', 'labels'],
      ['none', 'no labels'],
    ] as const) {
      const [wall, main, dissecting, pool] = (['wall', 'main', 'dissection', 'pool'] as const).map((of) => medianOf(runs[name], (seconds) => seconds[of])) as [
        number,
        number,
        number,
        number,
      ];
      const javascript = Math.max(0, main - medianOf(runs.start, (seconds) => seconds.main));
      const counting = Math.max(0, pool - reading);
      const all = start + javascript + reading + counting + dissecting;
      const alone = start + javascript + reading;
      measured.push([
        what,
        ...[wall, start, javascript, reading, counting, dissecting].map((seconds) => seconds.toFixed(2)),
        `${((100 * alone) / all).toFixed(0)} %`,
      ]);
      for (const processors of [2, 4, 8, 16]) {
        for (const meters of processors === 2 ? [1] : [1, processors / 2]) {
          // Stages overlap: the longest of them decides, or the processors do.
          const longest = Math.max(javascript, reading, counting / meters, dissecting / meters, (all - start) / processors);
          simulated.push([what, String(processors), String(meters), (start + longest).toFixed(2)]);
        }
      }
    }
    console.log(`${capture}; medians of ${values.runs} runs, processor seconds of threads`);
    console.log(table(measured));
    console.log(`\n${table(simulated)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (values.help || values.capture === undefined) console.log(help);
else await main(values.capture);
