// tsx test/run.ts [SCRIPT ...]: the JavaScript tests, bundled, two parts at a time, and scripts of package.json beside them; tells at its end how many cases
// passed. Not `mocha --parallel`: a failed assertion about a bigint cannot be sent from its processes, and takes all that its file told with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { bundle } from './bundle.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const env = process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env;
const bundled = join(root, 'build/tests');
const atOnce = 2;
const parts = 8;
/** What a part may take at most: one that waits for ever has failed. */
const longestMs = 20 * 60_000;

/** What mocha and doctest say at their end; a script may run several of them. */
const passes = [/^ +(\d+) passing/gm, /^\[doctest\] test cases:.*\| +(\d+) passed/gm];
const failures = [/^ +(\d+) failing/gm, /^\[doctest\] test cases:.*\| +(\d+) failed/gm];

interface Counts {
  passed: number;
  failed: number;
}

const testFiles = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name));

/** The test files in parts of about the same size in bytes, which comes near to the same time. */
function inParts(): string[][] {
  const sized = testFiles.map((name) => ({ name, size: statSync(join(root, name)).size }));
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

/** Runs a command; its output is shown when it ends, so that it stays together. */
async function run(command: string, args: readonly string[], timeout?: number): Promise<Counts> {
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], ...(timeout !== undefined && { timeout, killSignal: 'SIGKILL' }) });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const closed = once(child, 'close');
  const [code] = (await once(child, 'exit')) as [number | null];
  await Promise.race([closed, pause(5000)]); // what a process that was killed has started may hold its output open
  process.stdout.write(output);
  const text = stripVTControlCharacters(output);
  const counts = { passed: total(text, passes), failed: total(text, failures) };
  // What ends with an error has failed, whatever it counted, and so has what ran nothing.
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  return counts;
}

async function runMocha(): Promise<Counts[]> {
  rmSync(bundled, { recursive: true, force: true });
  await bundle([...testFiles, 'test/root-hooks.ts'], bundled, true);
  const built = (name: string): string => join(bundled, name.replace(/\.ts$/, '.mjs'));
  const options = ['--no-config', '--require', built('test/root-hooks.ts'), '--timeout', '120000', '--extension', 'mjs'];
  const mocha = ['--expose-gc', '--enable-source-maps', join(root, 'node_modules/mocha/bin/mocha.js'), ...options];
  const [left, counts] = [inParts(), [] as Counts[]];
  const runSome = async (): Promise<void> => {
    for (let part = left.shift(); part !== undefined; part = left.shift()) counts.push(await run(process.execPath, [...mocha, ...part.map(built)], longestMs));
  };
  await Promise.all(Array.from({ length: atOnce }, runSome));
  return counts;
}

const others = process.argv.slice(2).map((script) => run('npm', ['run', '--silent', script]));
const told = { mocha: await runMocha(), native: await Promise.all(others) };
for (const [name, parts] of Object.entries(told)) {
  if (parts.length === 0) continue;
  const [passed, failed] = [parts.reduce((sum, part) => sum + part.passed, 0), parts.reduce((sum, part) => sum + part.failed, 0)];
  console.log(`${name}: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
