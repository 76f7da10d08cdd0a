// Kills a process that writes files, at random moments, and looks at what it leaves. Run: npx tsx bench/kill.ts [--times 100]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkLeft, killCases, writeAndKill } from '../test/files/killed.js';

const { values } = parseArgs({ options: { times: { type: 'string', default: '100' } } });
const sums = new Map(killCases.map(({ path }) => [path, { kills: 0, whole: 0, parts: 0, partBytes: 0 }]));

for (let turn = 0; turn < Number(values.times); turn++) {
  const killCase = killCases[turn % killCases.length]!;
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-kill-'));
  await writeAndKill(folder, killCase, 1000);
  const left = await checkLeft(folder, killCase);
  const sum = sums.get(killCase.path)!;
  sum.kills++;
  for (const what of ['whole', 'parts', 'partBytes'] as const) sum[what] += left[what];
  rmSync(folder, { recursive: true });
}

console.table(
  Object.fromEntries(
    [...sums].map(([path, sum]) => [path, { kills: sum.kills, 'whole files': sum.whole, parts: sum.parts, 'MB in parts': Math.round(sum.partBytes / 1e6) }]),
  ),
);
console.log('Every file with a final name was whole, every part the beginning of its file.');
