import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FlowError } from '../errors.js';
import type { Inputs } from '../stage/inputs.js';

/** Files that are looked at at once. */
const atOnce = 64;

/**
 * Refuses outputs that are inputs, by whatever names, symbolic links or hard links: writing one would replace what is being read.
 * @param inputs paths; `-` is standard input
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT
 */
export async function refuseInputs(outputs: readonly string[], inputs: Inputs | readonly string[]): Promise<void> {
  const existing = await regularFiles(outputs);
  if (existing.size === 0) return;
  const read = await (typeof inputs === 'function' ? filesOf(inputs) : regularFiles(inputs));
  for (const [file, output] of existing) {
    if (read.has(file))
      throw new FlowError('ERR_NFSTREAM_OUTPUT_IS_INPUT', `The output ${output} is one of the inputs; give it another name.`, { file: output });
  }
}

/** Those of a source are looked at once: a run may write as many files as it reads. */
const known = new WeakMap<Inputs, Promise<Map<string, string>>>();

function filesOf(inputs: Inputs): Promise<Map<string, string>> {
  let files = known.get(inputs);
  if (files === undefined) known.set(inputs, (files = inputs().then(regularFiles)));
  return files;
}

/** Paths of regular files by what tells a file from all others. Whoever opens one that can't be looked at says what is wrong with it. */
async function regularFiles(paths: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let i = 0; i < paths.length; i += atOnce) {
    const some = paths.slice(i, i + atOnce);
    const all = await Promise.all(some.map((path) => stat(path === '-' ? '/dev/stdin' : path, { bigint: true }).catch(() => null)));
    all.forEach((stats, index) => {
      if (stats?.isFile() === true) found.set(`${stats.dev}:${stats.ino}`, some[index]!);
    });
  }
  return found;
}

/**
 * Two of these outputs that are one file, however their names are written, and through symbolic links; null when all differ. A device may be written more than once.
 */
export function sameOutputs(outputs: readonly string[]): [first: string, second: string] | null {
  const places = new Map<string, string>();
  for (const output of outputs) {
    const place = placeOf(output);
    const other = places.get(place);
    if (other !== undefined && !isDevice(place)) return [other, output];
    places.set(place, output);
  }
  return null;
}

/** Where a path leads, whether there is something or not. */
function placeOf(path: string, hops = 0): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    // Nothing is there, or a link that leads nowhere: of that the target counts.
    const folder = dirname(whole);
    if (folder === whole) return whole;
    const place = join(placeOf(folder, hops), basename(whole));
    const link = hops < 40 && isLink(whole) ? readlinkSync(whole) : null;
    return link === null ? place : placeOf(resolve(dirname(place), link), hops + 1);
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false; // nothing is there
  }
}

function isDevice(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isCharacterDevice() === true;
}
