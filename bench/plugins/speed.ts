import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { countPackets } from '../count-packets.js';
import { measure, median, table, type Cost } from '../measure.js';

const help = `Compares the metric count_pkts_gt_666 with the same plugin in nfstream, and with a run without it: whole processes in turns, flows written to CSV.
  --capture FILE   a pcap file made by bench/workload.ts
  --python PATH    Python that has nfstream 6.6.0 (bench/peers/setup.sh makes one); '' leaves nfstream out
  --runs N         runs of each program (default 5)`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    runs: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The sum of the metric over all flows of a CSV file; nfstream puts `udps.` in front of its name. */
function sumOf(path: string): number {
  const rows = parse(readFileSync(path), { columns: true }) as Record<string, string>[];
  return rows.reduce((sum, row) => sum + Number(row['count_pkts_gt_666'] ?? row['udps.count_pkts_gt_666']), 0);
}

async function main(capture: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const target = (name: string): string => join(folder, `${name}.csv`);
    const programs: Record<string, string[]> = {
      'ours, with the metric': [process.execPath, here('write-flows.mjs'), capture, target('metric'), 'metric'],
      'ours, without': [process.execPath, here('write-flows.mjs'), capture, target('none'), 'none'],
      ...(values.python !== '' && { nfstream: [values.python, here('../peers/nfstream_plugin_csv.py'), capture, target('nfstream')] }),
    };
    const costs = new Map<string, Cost[]>(Object.keys(programs).map((name) => [name, []]));
    for (let run = 0; run < Number(values.runs); run++) for (const [name, command] of Object.entries(programs)) costs.get(name)!.push(await measure(command));
    const packets = countPackets(capture);
    const metric = costs.get('ours, with the metric')!;
    const rows = [...costs].map(([name, all]) => {
      const of = (pick: (cost: Cost) => number): number => median(all.map(pick));
      const ratio = (pick: (cost: Cost) => number): string =>
        all === metric ? '' : `${median(all.map((cost, run) => pick(cost) / pick(metric[run]!))).toFixed(2)}x`;
      const processor = (cost: Cost): number => cost.user + cost.system;
      return [
        name,
        of((cost) => cost.wall).toFixed(2),
        Math.round(packets / of((cost) => cost.wall)).toLocaleString('en'),
        of(processor).toFixed(2),
        ratio((cost) => cost.wall),
        ratio(processor),
      ];
    });
    console.log(`${capture}: ${packets} packets, medians of ${values.runs} runs in turns; ratios are to ours with the metric, run by run`);
    console.log(table([['program', 'wall s', 'packets/s', 'processor s', 'wall ratio', 'processor ratio'], ...rows]));
    console.log(`Packets over 666 bytes: ${sumOf(target('metric'))}${values.python === '' ? '' : `, nfstream ${sumOf(target('nfstream'))}`}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (values.help || values.capture === undefined) console.log(help);
else await main(values.capture);
