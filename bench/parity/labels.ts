import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { helloColumns, knowsMore } from './knows-more.js';
import { keyOfColumns, matchFlows, unorderedEnds, type Row } from './match.js';
import { readerAddress, readerFlows } from './ndpi-reader.js';
import { ourFlows } from './ours.js';

const help = `Compares our labels, server names, categories, confidences and risks with those of Debian's ndpiReader, flow by flow, with a fresh nDPI for each
capture.
  --captures FOLDER   the captures
  --only NAME         only this capture (repeatable)`;

const { values } = parseArgs({
  options: { captures: { type: 'string' }, only: { type: 'string', multiple: true }, help: { type: 'boolean', default: false } },
});

const compared = ['application_name', 'requested_server_name', 'application_category_name', 'application_confidence_name', 'risks', 'risk_score'] as const;
type Compared = (typeof compared)[number];
// Packets are compared only to pair flows of the same ends (of several VLANs) rightly.
const columns = [...compared, 'bidirectional_packets'];
const keys = [(row: Row): string => `${unorderedEnds(row)} ${keyOfColumns(['bidirectional_packets'])(row)}`, unorderedEnds];

// nDPI may look at 32 packets of a flow in ndpiReader too; nothing expires there, and tunnels stay closed.
const table = { dissections: 32, idleTimeout: Infinity, activeTimeout: Infinity, capacity: 10_000_000, applicationDetails: true, risks: true };

// ndpiReader prints the signature of SSH in the place of a server name.
function sameName(reader: Row, ours: Row): boolean {
  if (reader['requested_server_name'] === ours['requested_server_name']) return true;
  return String(reader['requested_server_name']).startsWith('SSH-') && ours['requested_server_name'] === '';
}

function same(column: Compared, reader: Row, ours: Row): boolean {
  return column === 'requested_server_name' ? sameName(reader, ours) : reader[column] === ours[column];
}

function ends(row: Row): string {
  return `${String(row['src_ip'])}:${String(row['src_port'])} > ${String(row['dst_ip'])}:${String(row['dst_port'])} protocol ${String(row['protocol'])}, ${String(row['bidirectional_packets'])} packets`;
}

function describe(row: Row): string {
  return `${String(row['application_name'])} ${JSON.stringify(row['requested_server_name'])} (${String(row['application_confidence_name'])})`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? 'none' : `${part} of ${whole}, ${((100 * part) / whole).toFixed(3)} %`;
}

async function main(): Promise<void> {
  if (values.help || values.captures === undefined) return console.log(help);
  const agree = { bidirectional_packets: 0, ...(Object.fromEntries(compared.map((column) => [column, 0])) as Record<Compared, number>) };
  const totals = { captures: 0, reader: 0, ours: 0, pairs: 0, more: 0 };
  const refused: string[] = [];
  for (const capture of readdirSync(values.captures).sort()) {
    if (values.only !== undefined && !values.only.includes(capture)) continue;
    const path = join(values.captures, capture);
    const reader = await readerFlows(path);
    if (reader.refused !== null) {
      refused.push(`${capture}: ${reader.refused}`);
      continue;
    }
    const { flows, problem } = await ourFlows(path, { decodeTunnels: false }, table);
    if (problem !== null) console.log(`${capture}: ours says ${problem.code}: ${problem.message}`);
    const ours = flows.map((flow) => ({ ...flow, src_ip: readerAddress(String(flow['src_ip'])), dst_ip: readerAddress(String(flow['dst_ip'])) }));
    const { pairs, missing, extra } = matchFlows(reader.flows, ours, keys, columns);
    totals.captures++;
    totals.reader += reader.flows.length;
    totals.ours += ours.length;
    totals.pairs += pairs.length;
    for (const pair of pairs) {
      const more = knowsMore(pair.reference, pair.ours);
      const all = compared.filter((column) => !same(column, pair.reference, pair.ours));
      const differs = all.filter((column) => !more || !helloColumns.has(column));
      for (const column of compared) if (!differs.includes(column)) agree[column]++;
      if (more) {
        totals.more++;
        console.log(`${capture}: ${ends(pair.reference)}: ours knows more [own-hello]: ${describe(pair.reference)} but ours ${describe(pair.ours)}`);
      }
      if (pair.reference['bidirectional_packets'] === pair.ours['bidirectional_packets']) agree.bidirectional_packets++;
      for (const column of differs) {
        const [theirs, mine] = [pair.reference[column], pair.ours[column]].map((value) => JSON.stringify(value));
        console.log(`${capture}: ${ends(pair.reference)}: ${column} ${theirs} but ours ${mine} (${String(pair.ours['bidirectional_packets'])} packets)`);
      }
    }
    for (const row of missing) console.log(`${capture}: ${ends(row)}: only ndpiReader has it (${String(row['application_name'])})`);
    for (const row of extra) console.log(`${capture}: ${ends(row)}: only ours has it (${String(row['application_name'])})`);
  }
  for (const text of refused) console.log(`ndpiReader refuses ${text}`);
  console.log(`\n${totals.captures} captures; flows: ndpiReader ${totals.reader}, ours ${totals.ours}, in both ${totals.pairs}`);
  console.log(`packets agree in ${percent(agree.bidirectional_packets, totals.pairs)}`);
  console.log(`ours knows more [own-hello] of ${percent(totals.more, totals.pairs)}; of the others, and of these in what is left:`);
  console.log(`labels ${totals.pairs} compared: ${compared.map((column) => `${column} ${percent(agree[column], totals.pairs)}`).join('; ')}`);
}

await main();
