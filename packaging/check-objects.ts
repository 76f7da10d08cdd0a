// What must be true of every object that is shipped: it runs with the oldest glibc that is promised, needs nothing that is not there, and names no path of this machine.
import { readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.js';
import type { Target } from './targets.js';

// What glibc 2.28 brings, of which Node needs most itself.
const ofGlibc = new Set(['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2']);

/**
 * Checks all objects in a folder.
 * @param machine paths that none may hold
 * @throws {Error} which names the object
 */
export function checkObjects(folder: string, target: Target, machine: readonly string[]): void {
  const names = readdirSync(folder);
  const oldest = target.triple.split('gnu.')[1] ?? null;
  let floor = '2.0';
  for (const name of names) {
    const path = join(folder, name);
    const needed = [...run('objdump', ['-p', path], { quiet: true }).matchAll(/NEEDED\s+(\S+)/g)].map((match) => match[1]!);
    for (const library of needed) {
      if (!ofGlibc.has(library) && library !== target.loader && !names.includes(library))
        throw new Error(`${name} needs ${library}, which is not in the package.`);
    }
    for (const [, version] of run('objdump', ['-T', path], { quiet: true }).matchAll(/GLIBC_(\d[\d.]*)/g)) floor = later(floor, version!);
    const bytes = readFileSync(path);
    for (const part of [...machine, homedir() === '/' ? '/root' : homedir(), '/home/']) {
      if (bytes.includes(part)) throw new Error(`${name} names ${part}.`);
    }
  }
  checkReplaced(folder);
  // musl gives its symbols no versions.
  if (oldest === null) return;
  if (later(floor, oldest) !== oldest) throw new Error(`The objects need glibc ${floor}; ${oldest} is promised.`);
  console.log(`  glibc ${floor} or later`);
}

/** What the module has of nDPI's functions nDPI finds only where it asks through the linker. */
function checkReplaced(folder: string): void {
  const replaced = [...run('objdump', ['-T', join(folder, 'ndpi_dissector.node')], { quiet: true }).matchAll(/ \.text\s.* (ndpi_\w+|NDPI_\w+|SHA1\w+)$/gm)];
  const asked = run('objdump', ['-R', join(folder, 'libndpi.so.4')], { quiet: true });
  if (replaced.length === 0) throw new Error('ndpi_dissector.node has none of the functions that nDPI finds in it.');
  for (const [, name] of replaced)
    if (!new RegExp(`\\s${name!}(@|$)`, 'm').test(asked)) throw new Error(`libndpi.so.4 does not ask for ${name!} through the linker.`);
}

function later(one: string, other: string): string {
  return one.localeCompare(other, 'en', { numeric: true }) > 0 ? one : other;
}
