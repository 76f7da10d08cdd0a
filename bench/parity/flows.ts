import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fields } from '../../lib/schema/fields.js';
import { explain, type Difference } from './explained.js';
import { explanations, formulas } from './known-differences.js';
import { helloColumns, knowsMore } from './knows-more.js';
import { keyOfColumns, matchFlows, sameValue, unorderedEnds, type Matching, type Pair, type Row } from './match.js';
import { ourFlows } from './ours.js';
import { readReference, referenceName, referenceOptions, usualFolders, usualReferences } from './reference.js';
import { Totals } from './totals.js';

const help = `Compares our flows with those that nfstream made of the same captures, as sets, capture by capture.
  --captures FOLDER    the captures (default: the environment variable NFSTREAM_CAPTURES, or shared/captures beside the clone)
  --reference FILE     nfstream's flows: JSON Lines (.gz), each with the name of its capture (repeatable); known are ${Object.keys(referenceOptions).join(', ')}
                       (default: every known one in NFSTREAM_REFERENCES, or shared/reference/nfstream-flows beside the clone)
  --differences FILE   where the rules stand that explain differences (default docs/differences.md)
  --only NAME          only this capture (repeatable)
  --details N          flows shown of each kind of difference (default 3)
  --labels             show the differing labels too; they depend on the version of nDPI and are counted apart`;

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: usualFolders.captures },
    reference: { type: 'string', multiple: true },
    differences: { type: 'string', default: 'docs/differences.md' },
    only: { type: 'string', multiple: true },
    details: { type: 'string', default: '3' },
    labels: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const labelColumns = fields.filter((field) => field.when === 'labels').map((field) => field.name);
// The order in which nfstream numbers flows is that of its table's creation: ours ends them in another order.
const coreColumns = fields.filter((field) => field.when !== 'labels' && field.name !== 'id').map((field) => field.name);
const consequences = new Set(fields.filter((field) => field.when === 'statistics' || field.when === 'splt').map((field) => field.name));
const flowKey = keyOfColumns(['vlan_id', 'tunnel_id']);
const keys = [(row: Row): string => `${unorderedEnds(row)} ${flowKey(row)}`, unorderedEnds];

function ends(row: Row): string {
  return `${String(row['src_ip'])}:${String(row['src_port'])} > ${String(row['dst_ip'])}:${String(row['dst_port'])} protocol ${String(row['protocol'])}`;
}

function describe(difference: Difference): string {
  const { kind, flow } = difference;
  if (kind !== 'columns')
    return `${ends(flow)}, ${String(flow['bidirectional_packets'])} packets from ${String(flow['bidirectional_first_seen_ms'])} ms, tunnel ${String(flow['tunnel_id'])}`;
  const shown = difference.pair.differs.map((column) => `${column} ${String(flow[column])} but ours ${String(difference.pair.ours[column])}`);
  return `${ends(flow)}: ${shown.join('; ')}`;
}

/** Differences by how they differ and by what explains them. */
function printDifferences(capture: string, differences: readonly Difference[], rules: ReadonlyMap<Difference, string>): void {
  const kinds = new Map<string, Difference[]>();
  for (const difference of differences) {
    const how =
      difference.kind === 'columns'
        ? `differ in ${difference.pair.differs.join(', ')}`
        : { missing: 'only nfstream has', extra: 'only ours has' }[difference.kind];
    const rule = rules.get(difference);
    const kind = `${how} [${rule === undefined ? 'unexplained' : `explained: ${rule}`}]`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), difference]);
  }
  for (const [kind, members] of kinds) {
    console.log(`${capture}: ${members.length} flows ${kind}`);
    for (const difference of members.slice(0, Number(values.details))) console.log(`    ${describe(difference)}`);
  }
}

/** Statistics and lists follow from the packets of a flow: they are named only where nothing else differs. */
function withoutConsequences(pair: Pair): Pair {
  const causes = pair.differs.filter((column) => !consequences.has(column));
  return causes.length === 0 ? pair : { ...pair, differs: causes };
}

function differencesOf({ pairs, missing, extra }: Matching): Difference[] {
  const differing = pairs.filter((pair) => pair.differs.length > 0).map(withoutConsequences);
  return [
    ...differing.map((pair): Difference => ({ kind: 'columns', flow: pair.reference, pair })),
    ...missing.map((flow): Difference => ({ kind: 'missing', flow })),
    ...extra.map((flow): Difference => ({ kind: 'extra', flow })),
  ];
}

function printLabels(capture: string, { pairs }: Matching, columns: readonly string[]): void {
  for (const { reference, ours } of pairs) {
    const more = knowsMore(reference, ours);
    for (const column of columns) {
      const why = more && helloColumns.has(column) ? ' [own-hello]' : '';
      if (!sameValue(reference[column], ours[column]))
        console.log(`${capture}: ${ends(reference)}: ${column} ${String(reference[column])} but ours ${String(ours[column])}${why}`);
    }
  }
}

/** Says which rules explain something here that the text of differences does not have. */
function checkRules(path: string, used: ReadonlySet<string>): string[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return [...used].filter((rule) => !text.includes(`\`${rule}\``)).map((rule) => `${path} does not name the rule \`${rule}\``);
}

/** One reference against our flows; gives its sums and what its explanations promise that did not come. */
async function compare(path: string, usedRules: Set<string>): Promise<{ totals: Totals; problems: string[] }> {
  const name = referenceName(path);
  const options = referenceOptions[name];
  if (options === undefined) throw new Error(`Expected a reference named ${Object.keys(referenceOptions).join(' or ')} but received ${name}.`);
  const totals = new Totals();
  const problems: string[] = [];
  for (const [capture, reference] of readReference(path)) {
    if (values.only !== undefined && !values.only.includes(capture)) continue;
    const { flows, problem } = await ourFlows(join(values.captures, capture), {}, options);
    if (problem !== null) console.log(`${capture}: ours says ${problem.code}: ${problem.message}`);
    const inBoth = (column: string): boolean => column in (reference[0] ?? {}) && (flows.length === 0 || column in flows[0]!);
    const [core, labels] = [coreColumns.filter(inBoth), labelColumns.filter(inBoth)];
    const matching = matchFlows(reference, flows, keys, core);
    const differences = differencesOf(matching);
    const known = explanations.filter((row) => row.references.includes(name) && row.capture === capture);
    const { rules, broken } = explain(
      known,
      formulas.filter((row) => row.references.includes(name)),
      differences,
    );
    problems.push(...broken);
    for (const rule of rules.values()) usedRules.add(rule);
    printDifferences(capture, differences, rules);
    if (values.labels) printLabels(capture, matching, labels);
    if (labels.length > 0) totals.more += matching.pairs.filter(({ reference, ours }) => knowsMore(reference, ours)).length;
    totals.add(matching, [...core, ...labels], differences, rules.size);
  }
  return { totals, problems };
}

function printAgreement(name: string, { agree, pairs, more }: Totals): void {
  console.log(`\n${name}: agreement by column (of the flows that both have)`);
  for (const [column, same] of agree) {
    const note = labelColumns.includes(column) ? '  (label: depends on the version of nDPI)' : '';
    console.log(`  ${column.padEnd(32)} ${same} of ${pairs}, ${((100 * same) / pairs).toFixed(2)} %${note}`);
  }
  if (more > 0) console.log(`  ours knows more of ${more} flows [own-hello]`);
}

async function main(): Promise<void> {
  const references = values.reference ?? usualReferences();
  if (values.help || references.length === 0) return console.log(help);
  const all = new Totals();
  const problems: string[] = [];
  const usedRules = new Set<string>();
  for (const path of references) {
    const { totals, problems: broken } = await compare(path, usedRules);
    problems.push(...broken);
    printAgreement(referenceName(path), totals);
    console.log(`${referenceName(path)}: ${totals.line}\n`);
    for (const sum of ['compared', 'equal', 'explained', 'unexplained'] as const) all[sum] += totals[sum];
  }
  for (const problem of [...problems, ...checkRules(values.differences, usedRules)]) console.log(`explanation: ${problem}`);
  console.log(all.line);
  if (all.unexplained > 0 || problems.length > 0) process.exitCode = 1;
}

await main();
