import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countPackets } from './count-packets.js';
import { measure, median, table, type Cost } from './measure.js';

const help = `Compares speed with other programs on one capture, in turns, and prints medians and ratios of the same run.
  --capture FILE   a pcap file made by bench/workload.ts
  --python PATH    Python that has nfstream 6.6.0 (bench/peers/setup.sh makes one)
  --runs N         runs of each program (default 5)
  --only A,B       only these comparisons: nfstream, statistics, ndpireader, softflowd, tcpdump`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: 'nfstream,statistics,ndpireader,softflowd,tcpdump' },
    help: { type: 'boolean', default: false },
  },
});

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Comparison {
  name: string;
  ours: string[];
  peer: string[];
}

function comparisons(capture: string, folder: string): Comparison[] {
  const csv = (name: string): string => join(folder, `${name}.csv`);
  const ours = (name: string, ...options: string[]): string[] => [process.execPath, here('../dist/cli/main.js'), capture, '-o', csv(name), ...options];
  return [
    { name: 'nfstream', ours: ours('ours'), peer: [values.python, here('peers/nfstream_csv.py'), capture, csv('nfstream')] },
    {
      name: 'statistics',
      ours: ours('ours-statistics', '--statistics', '--splt', '20'),
      peer: [values.python, here('peers/nfstream_csv.py'), capture, csv('nfstream'), '20'],
    },
    { name: 'ndpireader', ours: ours('ours'), peer: ['ndpiReader', '-q', '-i', capture] },
    {
      name: 'softflowd',
      ours: ours('ours-unlabelled', '--dissections', '0'),
      // No -n: nothing is exported. -6: IPv6 counts too. -m: no flow is pushed out early.
      peer: ['/usr/sbin/softflowd', '-r', capture, '-6', '-m', '2000000', '-c', 'none', '-p', join(folder, 'softflowd.pid')],
    },
    // Reads every packet, and writes it nowhere.
    { name: 'tcpdump', ours: ours('ours-unlabelled', '--dissections', '0'), peer: ['tcpdump', '-r', capture, '-w', '/dev/null'] },
  ];
}

function row(name: string, costs: readonly Cost[], packets: number, peer: readonly Cost[] | null): string[] {
  const of = (pick: (cost: Cost) => number): number => median(costs.map(pick));
  const walls = costs.map((cost) => cost.wall);
  const ratio = (pick: (cost: Cost) => number): string => (peer === null ? '' : `${(median(peer.map(pick)) / of(pick)).toFixed(2)}x`);
  return [
    name,
    of((cost) => cost.wall).toFixed(2),
    `${Math.min(...walls).toFixed(2)}-${Math.max(...walls).toFixed(2)}`,
    Math.round(packets / of((cost) => cost.wall)).toLocaleString('en'),
    of((cost) => cost.user).toFixed(2),
    of((cost) => cost.system).toFixed(2),
    (of((cost) => cost.resident) / 1e6).toFixed(0),
    ratio((cost) => cost.wall),
    ratio((cost) => cost.user + cost.system),
  ];
}

async function main(): Promise<void> {
  if (values.help || values.capture === undefined) return console.log(help);
  const capture = values.capture;
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`Expected a whole number from 1 for --runs but received ${values.runs}.`);
  const only = values.only.split(',');
  const packets = countPackets(capture);
  console.log(`${capture}: ${packets.toLocaleString('en')} packets, ${statSync(capture).size.toLocaleString('en')} bytes; median of ${runs} runs in turns`);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const rows = [['program', 'wall s', 'range', 'packets/s', 'user s', 'system s', 'MB', 'faster', 'less cpu']];
    for (const { name, ours, peer } of comparisons(capture, folder).filter((comparison) => only.includes(comparison.name))) {
      const costs: { ours: Cost[]; peer: Cost[] } = { ours: [], peer: [] };
      for (let run = 0; run < runs; run++) {
        costs.ours.push(await measure(ours));
        costs.peer.push(await measure(peer));
      }
      rows.push(row(name, costs.peer, packets, null));
      rows.push(row(`  ours${ours.includes('0') ? ', no labels' : ours.includes('--statistics') ? ', statistics' : ''}`, costs.ours, packets, costs.peer));
    }
    console.log(table(rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
