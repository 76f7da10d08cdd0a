// Runs the command many times, several at once, over captures, options and formats, and tells which runs never ended. Run: npx tsx bench/ends.ts [--captures FOLDER]
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: here('../fixtures') },
    command: { type: 'string', default: here('../dist/cli/main.js') },
    runs: { type: 'string', default: '3000' },
    'at-once': { type: 'string', default: '3' },
    'hung-after': { type: 'string', default: '60' },
    'node-option': { type: 'string', multiple: true, default: [] },
  },
});
const [runs, atOnce, hungAfterMs] = [Number(values.runs), Number(values['at-once']), Number(values['hung-after']) * 1000];

/** Larger captures make no short runs. */
const largest = 20 << 20;
const work = mkdtempSync(join(tmpdir(), 'nfstream-ends-'));
const captures = readdirSync(values.captures)
  .filter((name) => /\.(pcap|pcapng|cap)$/.test(name))
  .map((name) => join(values.captures, name))
  .filter((path) => statSync(path).size <= largest);

const optionSets = [
  ['--statistics', '--accounting-mode', 'ip', '--dissections', '0'],
  [],
  ['--meters', '2'],
  ['--features', 'full', '--splt', '20', '--tls', '--dns', '--http'],
  ['--dissections', '0', '--meters', '2', '--time-unit', 'ns'],
  ['--idle-timeout', '1', '--anonymize', 'src_ip,dst_ip'],
  ['--fragments', 'count', '--decode-tunnels', 'all', '--statistics'],
];
const targets = [
  ['--format', 'jsonl'],
  ['-o', 'a.csv'],
  ['-o', 'a.arrow'],
  ['--format', 'csv'],
  ['-o', 'a.parquet'],
  ['-o', 'a.json', '-o', 'b.arrows'],
  ['--format', 'parquet'],
];

/** The arguments of a run: each capture with everything in turn, and every eighth run another command. */
function argumentsOf(run: number): string[] {
  const capture = captures[run % captures.length]!;
  const turn = run + Math.floor(run / captures.length);
  if (turn % 8 === 7)
    return [['--help'], ['--version'], ['summary', capture], ['convert', join(work, 'flows.jsonl')], [capture, '--no-such-flag']][Math.floor(turn / 8) % 5]!;
  const target = targets[Math.floor(turn / optionSets.length) % targets.length]!.map((word) => (/^[ab]\./.test(word) ? join(work, `${run}-${word}`) : word));
  return [capture, ...optionSets[turn % optionSets.length]!, ...target];
}

interface Outcome {
  code: number | null;
  /** What its threads waited for when it was given up; null for a run that ended. */
  hung: string | null;
}

function runOnce(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...values['node-option'], values.command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let hung: string | null = null;
    const timer = setTimeout(() => {
      hung = threadsOf(child.pid!);
      child.kill('SIGKILL');
    }, hungAfterMs);
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', reject).on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, hung });
    });
  });
}

/** Each thread's name and the function of the kernel in which it waits. */
function threadsOf(pid: number): string {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks
    .map((task) => `${readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim()}: ${readFileSync(`/proc/${pid}/task/${task}/wchan`, 'utf8')}`)
    .join(', ');
}

const codes = new Map<string, number>();
let [next, hangs] = [0, 0];
const began = performance.now();

async function runInTurn(): Promise<void> {
  while (next < runs) {
    const number = next++;
    const args = argumentsOf(number);
    const { code, hung } = await runOnce(args);
    if (hung !== null) {
      hangs++;
      console.log(`Run ${number} never ended: nfstream ${args.join(' ')}\n  ${hung}`);
    }
    codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
    for (const name of readdirSync(work).filter((file) => file.startsWith(`${number}-`))) rmSync(join(work, name));
  }
}

await runOnce([captures[0]!, '-o', join(work, 'flows.jsonl')]);
await Promise.all(Array.from({ length: atOnce }, runInTurn));
rmSync(work, { recursive: true });
console.log(`${runs} runs over ${captures.length} captures, ${atOnce} at once, in ${((performance.now() - began) / 1000).toFixed(0)} s: ${hangs} never ended.`);
console.log(
  `Exit codes: ${[...codes]
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([code, times]) => `${code} ${times} times`)
    .join(', ')}.`,
);
process.exitCode = hangs > 0 ? 1 : 0;
