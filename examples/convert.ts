// Flows of a file in two other formats, and how many each application has. Run: npx tsx examples/convert.ts flows.jsonl flows.csv flows.arrow
import { pipeline } from 'node:stream/promises';
import { fromFile, table, tee, toFile } from 'nfstream';

const [source, ...targets] = process.argv.slice(2);
if (source === undefined || targets.length === 0) {
  console.error('Usage: npx tsx examples/convert.ts FLOWS OUTPUT...');
  process.exit(2);
}
await pipeline(fromFile(source), tee(...targets.map((target) => toFile(target))));

const applications = new Map<string, number>();
for (const name of (await table(targets[0]!)).getChild('application_name')!) applications.set(name, (applications.get(name) ?? 0) + 1);
for (const [name, count] of [...applications].sort((a, b) => b[1] - a[1])) console.log(`${count} ${name}`);
