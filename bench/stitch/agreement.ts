import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { usualFolders } from '../parity/reference.js';
import { random, stitchedRun, wholeRun, withPieces, type Table } from '../../test/stitch/cut-runs.js';

const help = `Cuts captures at random packets into several files, and compares what is stitched of them with one run over all files, column by column.
  --captures FOLDER  the captures (default: the environment variable NFSTREAM_CAPTURES, or shared/captures beside the clone)
  --most N           so many of them, of all parts of the list (default 60)
  --pieces N,N       files that each is cut into (default 2,3,5,9)
  --idle S,S         idle timeouts (default 1,15,120)
  --seed N           of the places to cut at (default 1)
  --only FILE        this capture alone; can be given several times`;

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: usualFolders.captures },
    most: { type: 'string', default: '60' },
    pieces: { type: 'string', default: '2,3,5,9' },
    idle: { type: 'string', default: '1,15,120' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(help);
  process.exit();
}

const options = { statistics: true, splt: 10, endReason: true, features: 'full', payloadBytes: 16, payloadEntropy: true } as const;
const told = new Set(['pieces', 'source_files', 'stitch_inexact']);

interface Count {
  flows: number;
  differ: number;
  /** Of those, the ones that stitch_inexact does not name. */
  untold: number;
  /** The largest relative difference of floats. */
  furthest: number;
  example: string;
}

const counts = new Map<string, Count>();
const totals = { captures: 0, runs: 0, flows: 0, joined: 0, late: 0, otherFlows: 0, lateFlows: 0, skipped: 0 };

function count(name: string, of: string, one: unknown, other: unknown, inexact: ReadonlySet<string>, where: string): void {
  const row = counts.get(`${name}${of}`) ?? { flows: 0, differ: 0, untold: 0, furthest: 0, example: '' };
  counts.set(`${name}${of}`, row);
  row.flows++;
  if (same(one, other)) return;
  row.differ++;
  if (typeof one === 'number' && typeof other === 'number')
    row.furthest = Math.max(row.furthest, Math.abs(one - other) / Math.max(Math.abs(one), Math.abs(other)));
  if (inexact.has(name)) return;
  row.untold++;
  row.example ||= `${where}: ${shown(one)} is ${shown(other)} in the whole run`;
}

function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, i) => Number(item) === Number(other[i]));
  return one === other || (typeof one === 'bigint' && typeof other === 'number' && one === BigInt(other));
}

function shown(value: unknown): string {
  return Array.isArray(value) ? `[${value.join()}]` : String(value);
}

function compare(whole: Table, stitched: Table, where: string): void {
  const flows = stitched['id']!.length;
  totals.flows += flows;
  if (flows !== whole['id']!.length) {
    totals.otherFlows++;
    console.log(`${where}: ${flows} flows, ${whole['id']!.length} in the whole run`);
    return;
  }
  const names = Object.keys(whole).filter((name) => !told.has(name));
  for (let row = 0; row < flows; row++) {
    const inexact = new Set((stitched['stitch_inexact']![row] as string).split(','));
    const joined = Number(stitched['pieces']![row]) > 1;
    if (joined) totals.joined++;
    for (const name of names) {
      count(name, joined ? '' : ' (one piece)', stitched[name]![row], whole[name]![row], inexact, `${where} flow ${row}`);
    }
  }
}

/** What rounding changes of a whole run: means and deviations are those of nfstream, or of exact sums. */
function compareRounding(rounded: Table, exact: Table): void {
  for (const [name, values] of Object.entries(rounded))
    values.forEach((value, row) => count(name, ' (rounding)', exact[name]![row], value, new Set(), 'the whole run'));
}

const files = readdirSync(values.captures)
  .filter((name) => values.only === undefined || values.only.includes(name))
  .sort();
const next = random(Number(values.seed));
const step = Math.max(1, Math.floor(files.length / Number(values.most)));
for (const file of files.filter((_, index) => index % step === 0).slice(0, Number(values.most))) {
  totals.captures++;
  for (const pieces of values.pieces.split(',').map(Number)) {
    await withPieces(join(values.captures, file), pieces, next, async (paths) => {
      for (const idleTimeout of values.idle.split(',').map(Number)) {
        const where = `${basename(file)} in ${pieces}, idle ${idleTimeout}`;
        try {
          const rounded = await wholeRun(paths, { ...options, idleTimeout });
          const { table: whole } = await stitchedRun(paths, { ...options, idleTimeout }, { perFile: false });
          compareRounding(rounded, whole);
          const { table, report } = await stitchedRun(paths, { ...options, idleTimeout });
          totals.runs++;
          if (report.lateCaptures > 0) totals.late++;
          compare(whole, table, `${where}${report.lateCaptures > 0 ? ' (late)' : ''}`);
        } catch (error) {
          totals.skipped++;
          console.log(`${where}: ${(error as Error).message}`);
        }
      }
    });
  }
}
console.log(totals);
for (const [name, { flows, differ, untold, furthest, example }] of counts)
  if (differ > 0)
    console.log(
      `${name}: ${differ} of ${flows} differ (${((100 * differ) / flows).toFixed(2)} %), by at most ${furthest.toExponential(1)}; ${untold} untold${example && `, as ${example}`}`,
    );
console.log(`${[...counts].filter(([, { differ }]) => differ === 0).length} of ${counts.size} columns never differ.`);
