// tsx test/run.ts [SCRIPT ...]: the JavaScript tests in two processes, and scripts of package.json beside them; tells at its end how many cases
// passed. Not `mocha --parallel`: a failed assertion about a bigint cannot be sent from its processes, and takes all that its file told with it.
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const env = process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env;

/** What mocha and doctest say at their end; a script may run several of them. */
const passes = [/^ +(\d+) passing/gm, /^\[doctest\] test cases:.*\| +(\d+) passed/gm];
const failures = [/^ +(\d+) failing/gm, /^\[doctest\] test cases:.*\| +(\d+) failed/gm];

interface Counts {
  passed: number;
  failed: number;
}

/** The test files in as many parts as asked for, of about the same size in bytes: that comes near to the same time. */
function testFiles(parts: number): string[][] {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const sized = files.map((name) => ({ name: join('test', name), size: statSync(join(root, 'test', name)).size }));
  const piles = Array.from({ length: parts }, () => ({ size: 0, files: [] as string[] }));
  for (const { name, size } of sized.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))) {
    const smallest = piles.reduce((least, pile) => (pile.size < least.size ? pile : least));
    smallest.size += size;
    smallest.files.push(name);
  }
  return piles.map((pile) => pile.files.sort());
}

function total(output: string, patterns: readonly RegExp[]): number {
  const counts = patterns.flatMap((pattern) => [...output.matchAll(pattern)]);
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Runs a command of npm; its output is shown as it comes, or when it ends, so that it stays together. */
async function run(args: readonly string[], asItComes: boolean): Promise<Counts> {
  const child = spawn('npm', args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (asItComes) process.stdout.write(text);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (!asItComes) process.stdout.write(output);
  const text = stripVTControlCharacters(output);
  const counts = { passed: total(text, passes), failed: total(text, failures) };
  // What ends with an error has failed, whatever it counted, and so has what ran nothing.
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  return counts;
}

const mocha = testFiles(2).map((files, i) => run(['exec', '--', 'mocha', ...files], i === 0));
const others = process.argv.slice(2).map((script) => run(['run', '--silent', script], false));
const told = { mocha: await Promise.all(mocha), native: await Promise.all(others) };
for (const [name, parts] of Object.entries(told)) {
  if (parts.length === 0) continue;
  const [passed, failed] = [parts.reduce((sum, part) => sum + part.passed, 0), parts.reduce((sum, part) => sum + part.failed, 0)];
  console.log(`${name}: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
