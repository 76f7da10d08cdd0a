import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkOptions } from '../lib/options.js';
import { compileMetrics } from '../lib/metrics/metric.js';
import { chooseFields, type FieldChoice } from '../lib/schema/choose-fields.js';
import { table } from './measure.js';

const help = `Counts the instructions that the engine takes for one capture, by sets of columns, with valgrind's callgrind: flows are counted and not written.
  --capture FILE   a capture, for example of bench/workload.ts with --packets 200000 --flows 10000 (each run takes fifty times as long as without valgrind)
  --only A,B       only these sets besides the usual columns: metric (count(packet.size > 666)), statistics, splt, facts (what dissection finds, and JA4), full, full and lists`;

const { values } = parseArgs({
  options: {
    capture: { type: 'string' },
    only: { type: 'string', default: 'metric,statistics,splt,facts,full,full and lists' },
    help: { type: 'boolean', default: false },
  },
});

const sets: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  metric: { metrics: { big: 'count(packet.size > 666)' } },
  statistics: { statistics: true },
  splt: { splt: 10 },
  facts: { applicationDetails: true, risks: true, tls: true, ssh: true, http: true, dns: true, dhcp: true, detectedOs: true },
  full: { features: 'full' },
  'full and lists': { features: 'full', splt: 10, payloadBytes: 16 },
};

const folder = fileURLToPath(new URL('native', import.meta.url));

/** Instructions of one run of the native program. */
function count(capture: string, options: Readonly<Record<string, unknown>>): number {
  const all = { ...checkOptions(['aggregate'], {}), decodeTunnels: true, ...options } as unknown as FieldChoice &
    Record<'splt' | 'payloadBytes' | 'entropyBytes', number>;
  const fields = chooseFields(all);
  const entropy = fields.some((field) => field.when === 'payloadEntropy') ? all.entropyBytes : 0;
  const columns = fields.map((field) => field.column ?? field.name);
  const metrics = compileMetrics(all['metrics'] ?? {}).map(({ aggregate, value, where }) => `metric=${aggregate}/${value.join()}/${where.join()}`);
  const output = mkdtempSync(join(tmpdir(), 'nfstream-instructions-'));
  try {
    const file = join(output, 'callgrind.out');
    const program = [join(folder, 'build/count-flows'), capture, all.dissections, all.splt, all.payloadBytes, entropy, ...columns, ...metrics].map(String);
    execFileSync('valgrind', ['--tool=callgrind', `--callgrind-out-file=${file}`, ...program], { stdio: ['ignore', 'ignore', 'ignore'] });
    return Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(file, 'utf8'))![1]);
  } finally {
    rmSync(output, { recursive: true });
  }
}

function main(): void {
  if (values.help || values.capture === undefined) return console.log(help);
  execFileSync('make', ['-s', '-j2', '-C', folder], { stdio: 'inherit' });
  const usual = count(values.capture, {});
  const rows = values.only.split(',').map((name) => {
    const options = sets[name];
    if (options === undefined) throw new Error(`Expected ${Object.keys(sets).join(', ')} for --only but received ${name}.`);
    const instructions = count(values.capture!, options);
    return [name, instructions.toLocaleString('en'), `${((100 * (instructions - usual)) / usual).toFixed(1)} %`];
  });
  console.log(table([['columns', 'instructions', 'more than usual'], ['usual', usual.toLocaleString('en'), ''], ...rows]));
}

main();
