import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keyOfColumns, matchFlows, unorderedEnds, type Row } from '../parity/match.js';
import { ourFlows } from '../parity/ours.js';
import { usualFolders } from '../parity/reference.js';
import { cases, explain, flowDifferences, sameNumber, type Case } from './shipped.js';

const help = `Runs nfstream's own plugins beside ours on every capture of a folder, and compares what they keep, flow by flow.
  --captures FOLDER  the captures (default: the environment variable NFSTREAM_CAPTURES, or shared/captures beside the clone)
  --python PATH      Python that has nfstream 6.6.0, dpkt and PyWavelets (bench/peers/setup.sh makes one)
  --only NAME        only this capture (repeatable)
  --plugin NAME      only this one of ${cases.map(({ name }) => name).join(', ')} (repeatable)
  --details N        flows shown of each kind of difference (default 2)`;

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: usualFolders.captures },
    python: { type: 'string', default: 'python3' },
    only: { type: 'string', multiple: true },
    plugin: { type: 'string', multiple: true },
    details: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});

/** What both kept of a flow, where it differs. */
interface Differing {
  readonly capture: string;
  readonly column: string;
  readonly reference: Row;
  readonly ours: Row;
}

const flowColumns = ['src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol', 'vlan_id', 'tunnel_id', 'ip_version'];
const counted = ['bidirectional_first_seen_ms', 'bidirectional_last_seen_ms', 'bidirectional_packets', 'bidirectional_bytes', 'expiration_id'];
const keys = [(row: Row): string => `${unorderedEnds(row)} ${keyOfColumns(['vlan_id', 'tunnel_id'])(row)}`];

function ends(row: Row): string {
  return `${String(row['src_ip'])}:${String(row['src_port'])} > ${String(row['dst_ip'])}:${String(row['dst_port'])}, ${String(row['bidirectional_packets'])} packets`;
}

/** What went wrong in nfstream's plugin, where something did. */
function because({ raised, unread }: Row): string {
  return `${typeof raised === 'string' ? `; nfstream raised ${raised}` : ''}${typeof unread === 'string' ? `; dpkt does not read a message: ${unread}` : ''}`;
}

/** The flows of nfstream with its plugin, by capture. */
function theirFlows(plugin: string, captures: readonly string[]): Map<string, Row[]> {
  const script = fileURLToPath(new URL('../peers/nfstream_shipped_plugins.py', import.meta.url));
  const paths = captures.map((capture) => join(values.captures, capture));
  const { stdout, stderr, status } = spawnSync(values.python, [script, plugin, ...paths], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`nfstream with ${plugin} has failed: ${stderr}`);
  const flows = new Map<string, Row[]>(captures.map((capture) => [capture, []]));
  for (const line of stdout.split('\n')) {
    if (line === '') continue;
    const { capture, ...row } = JSON.parse(line) as Row & { capture: string };
    flows.get(capture)!.push(row);
  }
  return flows;
}

function print(kind: string, examples: readonly string[]): void {
  console.log(`  ${examples.length} ${kind}`);
  for (const example of examples.slice(0, Number(values.details))) console.log(`      ${example}`);
}

/** Compares a plugin on all captures. @returns how many differences nothing explains */
async function compare({ name, theirs, options, columns, normal }: Case, captures: readonly string[]): Promise<number> {
  const reference = theirFlows(theirs, captures);
  const totals = { flows: 0, same: 0, told: 0 };
  const kinds = new Map<string, string[]>();
  let unexplained = 0;
  const add = (kind: string | null, what: string, example: string): void => {
    if (kind === null) unexplained++;
    const title = `${what} [${kind === null ? 'UNEXPLAINED' : `explained: ${kind}`}]`;
    kinds.set(title, [...(kinds.get(title) ?? []), example]);
  };
  for (const capture of captures) {
    const rows = reference.get(capture)!.filter((row) => row['refused'] === undefined);
    const { flows } = await ourFlows(join(values.captures, capture), {}, { dissections: 0, activeTimeout: 1800, ...options() });
    const { pairs, missing, extra } = matchFlows(rows.map(normal), flows, keys, [...flowColumns, ...counted]);
    totals.flows += rows.length;
    for (const row of missing) add(flowDifferences(name, capture, row), 'flows that only nfstream has', `${capture}: ${ends(row)}`);
    for (const row of extra) add(flowDifferences(name, capture, row), 'flows that only ours has', `${capture}: ${ends(row)}`);
    for (const { reference: row, ours, differs } of pairs) {
      if (differs.length > 0) {
        add(flowDifferences(name, capture, row), `flows that differ themselves in ${differs.join(', ')}`, `${capture}: ${ends(row)} but ours ${ends(ours)}`);
        continue;
      }
      const differing = columns
        .filter((column) => !sameNumber(row[column], ours[column]))
        .map((column): Differing => ({ capture, column, reference: row, ours }));
      if (columns.some((column) => row[column] !== null && row[column] !== undefined)) totals.told++;
      if (differing.length === 0) totals.same++;
      for (const { column } of differing)
        add(
          explain(name, column, row, ours),
          `values of ${column} that differ`,
          `${capture}: ${ends(row)}: ${JSON.stringify(row[column])} but ours ${JSON.stringify(ours[column])}${because(row)}`,
        );
    }
  }
  console.log(`${name}: ${totals.flows} flows of nfstream, ${totals.same} with the same values in ours, ${totals.told} of all pairs have a value there`);
  for (const [kind, examples] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))) print(kind, examples);
  return unexplained;
}

async function main(): Promise<void> {
  if (!existsSync(values.captures)) throw new Error(`There is no folder ${values.captures}; give --captures.`);
  const captures = values.only ?? readdirSync(values.captures).filter((name) => /\.(pcap|pcapng)$/.test(name));
  let unexplained = 0;
  for (const one of cases) if (values.plugin === undefined || values.plugin.includes(one.name)) unexplained += await compare(one, captures);
  console.log(`${captures.length} captures, ${unexplained} differences that nothing explains`);
  if (unexplained > 0) process.exitCode = 1;
}

if (values.help) console.log(help);
else await main();
