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
  peer: string[];
  /** Options of our runs, each under its name. */
  ours: Readonly<Record<string, readonly string[]>>;
}

/** With labels: one nDPI, and one for each core. */
const labelled = { ours: [], 'ours, meters auto': ['--meters', 'auto'] };
const unlabelled = { 'ours, no labels': ['--dissections', '0'] };
const statistics = ['--statistics', '--splt', '20'];

function comparisons(capture: string, folder: string): Comparison[] {
  const csv = (name: string): string => join(folder, `${name}.csv`);
  return [
    { name: 'nfstream', ours: labelled, peer: [values.python, here('peers/nfstream_csv.py'), capture, csv('nfstream')] },
    {
      name: 'statistics',
      ours: { 'ours, statistics': statistics, 'ours, statistics, meters auto': [...statistics, '--meters', 'auto'] },
      peer: [values.python, here('peers/nfstream_csv.py'), capture, csv('nfstream'), '20'],
    },
    { name: 'ndpireader', ours: labelled, peer: ['ndpiReader', '-q', '-i', capture] },
    {
      name: 'softflowd',
      ours: unlabelled,
      // No -n: nothing is exported. -6: IPv6 counts too. -m: no flow is pushed out early.
      peer: ['/usr/sbin/softflowd', '-r', capture, '-6', '-m', '2000000', '-c', 'none', '-p', join(folder, 'softflowd.pid')],
    },
    // Reads every packet, and writes it nowhere.
    { name: 'tcpdump', ours: unlabelled, peer: ['tcpdump', '-r', capture, '-w', '/dev/null'] },
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
    of((cost) => (cost.user + cost.system) / cost.wall).toFixed(2),
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
    const rows = [['program', 'wall s', 'range', 'packets/s', 'user s', 'system s', 'cpu/wall', 'MB', 'faster', 'less cpu']];
    for (const { name, ours, peer } of comparisons(capture, folder).filter((comparison) => only.includes(comparison.name))) {
      const variants = Object.entries(ours).map(([variant, options]) => ({ variant, options, costs: [] as Cost[] }));
      const costs: Cost[] = [];
      for (let run = 0; run < runs; run++) {
        for (const { options, costs: own } of variants)
          own.push(await measure([process.execPath, here('../dist/cli/main.js'), capture, '-o', join(folder, 'ours.csv'), ...options]));
        costs.push(await measure(peer));
      }
      rows.push(row(name, costs, packets, null), ...variants.map(({ variant, costs: own }) => row(`  ${variant}`, own, packets, costs)));
    }
    console.log(table(rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
