import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from './measure.js';

// A folder of many small captures, each a run of its own: time, memory and descriptors from beginning to end.
// npx tsx bench/per-file.ts [--files 10000]

const { values } = parseArgs({ options: { files: { type: 'string', default: '10000' } } });
const files = Number(values.files);

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Small recorded captures, each of another protocol; stun.pcap leaves nDPI with something that it has learnt. */
const kinds = ['dns', 'http', 'tls', 'ssh', 'ntp', 'smtp', 'ftp', 'dhcp', 'ping', 'stun'];

/** What a process had at one moment. */
interface Moment {
  resident: number;
  descriptors: number;
}

function momentOf(pid: number): Moment | null {
  try {
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    return { resident, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null; // it has ended
  }
}

async function run(args: readonly string[]): Promise<{ seconds: number; moments: Moment[] }> {
  const began = performance.now();
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const moments: Moment[] = [];
  const timer = setInterval(() => {
    const moment = momentOf(child.pid!);
    if (moment !== null && moment.resident > 0) moments.push(moment);
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`nfstream ${args.join(' ')} exited with ${code}: ${said.slice(-1000)}`);
  return { seconds: (performance.now() - began) / 1000, moments };
}

/** The largest of a part of the moments: 0 is the first quarter of the run, 3 the last. */
function most(moments: readonly Moment[], quarter: number, key: keyof Moment): number {
  const from = Math.floor((moments.length * quarter) / 4);
  return Math.max(...moments.slice(from, Math.max(from + 1, Math.floor((moments.length * (quarter + 1)) / 4))).map((moment) => moment[key]));
}

const folder = mkdtempSync(join(tmpdir(), 'nfstream-per-file-'));
try {
  const captures = join(folder, 'captures');
  mkdirSync(captures);
  for (let i = 0; i < files; i++) copyFileSync(join(fixtures, `${kinds[i % kinds.length]}.pcap`), join(captures, `capture-${i}.pcap`));
  const ways: [name: string, args: string[]][] = [
    ['an output each', ['--per-file', '-o', join(folder, 'out', '{name}.csv')]],
    ['one output', ['--per-file', '-o', join(folder, 'all.csv')]],
    ['one output, no labels', ['--per-file', '--dissections', '0', '-o', join(folder, 'all.csv')]],
  ];
  const rows = [['', 'seconds', 'files/s', 'MB, first quarter', 'MB, last', 'descriptors, first quarter', 'last']];
  for (const [name, args] of ways) {
    mkdirSync(join(folder, 'out'), { recursive: true });
    const { seconds, moments } = await run([captures, ...args]);
    const mb = (quarter: number): string => (most(moments, quarter, 'resident') / 1e6).toFixed(0);
    const descriptors = (quarter: number): string => String(most(moments, quarter, 'descriptors'));
    rows.push([name, seconds.toFixed(1), (files / seconds).toFixed(0), mb(0), mb(3), descriptors(0), descriptors(3)]);
  }
  console.log(`${files} captures\n${table(rows)}`);
} finally {
  rmSync(folder, { recursive: true });
}
