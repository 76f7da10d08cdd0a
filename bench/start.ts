import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { environment, median, table } from './measure.js';

const help = `Prints the processor time that starting takes, in milliseconds: of Node.js alone, and of the command with ten packets. Needs bash, and what was built in dist/.
  --runs N   runs of each, in turns (default 20)`;

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' }, help: { type: 'boolean', default: false } } });

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The first packets of a capture in pcap's format, of this machine's byte order. */
function firstPackets(capture: Buffer, count: number): Buffer {
  const [fileHeader, packetHeader, lengthAt] = [24, 16, 8];
  let end = fileHeader;
  for (let packet = 0; packet < count; packet++) end += packetHeader + capture.readUInt32LE(end + lengthAt);
  return capture.subarray(0, end);
}

/** Processor time of a process, in user mode and in the kernel. The shell's own clock has milliseconds. */
function cost(command: readonly string[], env: NodeJS.ProcessEnv): number {
  const { status, stderr } = spawnSync('bash', ['-c', 'TIMEFORMAT="%3U %3S"; time "$@" > /dev/null 2>&1', 'bash', ...command], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')} exited with ${status}`);
  return stderr
    .trim()
    .split(' ')
    .reduce((sum, seconds) => sum + 1000 * Number(seconds), 0);
}

function main(runs: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const capture = join(folder, 'ten.pcap');
    writeFileSync(capture, firstPackets(readFileSync(here('../fixtures/office.pcap')), 10));
    const ours = (...args: string[]): string[] => [process.execPath, here('../dist/cli/main.js'), ...args];
    const to = (name: string, ...args: string[]): string[] => ours(capture, '-q', '-o', join(folder, name), ...args);
    const commands: readonly (readonly [name: string, command: readonly string[]])[] = [
      ['node -e 0', [process.execPath, '-e', '0']],
      ["import 'nfstream'", [process.execPath, '-e', `import(${JSON.stringify(here('../dist/index.js'))})`]],
      ['nfstream --version', ours('--version')],
      ['to CSV', to('flows.csv')],
      ['to CSV, without labels', to('unlabelled.csv', '--dissections', '0')],
      ['to JSON', to('flows.json')],
      ['to Arrow', to('flows.arrow')],
      ['to Parquet', to('flows.parquet')],
    ];
    const kept = { ...environment, XDG_CACHE_HOME: folder };
    const anew = { ...environment, NODE_DISABLE_COMPILE_CACHE: '1' };
    const costs = commands.map(() => ({ kept: [] as number[], anew: [] as number[] }));
    for (const [, command] of commands) cost(command, kept);
    for (let run = 0; run < runs; run++) {
      for (const [index, [, command]] of commands.entries()) {
        costs[index]!.kept.push(cost(command, kept));
        costs[index]!.anew.push(cost(command, anew));
      }
    }
    const bare = Math.min(...costs[0]!.kept);
    const rows = commands.map(([name], index) => {
      const { kept, anew } = costs[index]!;
      return [name, Math.min(...kept), median(kept), Math.min(...kept) - bare, Math.min(...anew), median(anew)].map((cell) =>
        typeof cell === 'number' ? cell.toFixed(0) : cell,
      );
    });
    process.stdout.write(`${table([['', 'least', 'median', 'over node -e 0', 'code not kept: least', 'median'], ...rows])}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (values.help) process.stdout.write(`${help}\n`);
else main(Number(values.runs));
