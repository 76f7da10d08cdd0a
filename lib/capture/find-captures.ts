import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPaths } from '../arguments.js';
import { isCaptureName } from '../capture-name.js';
import { FlowError } from '../errors.js';
import { openError, shownName } from '../open-error.js';

/** A capture of a source. */
export interface FoundCapture {
  /** As it was given; of a capture in a directory, the directory as it was given and the file's name. */
  readonly path: string;
  /** Size in bytes of a regular file; 0 for one that is not there, NaN for what has no size (a FIFO, a socket, a terminal). */
  readonly bytes: number;
}

/** Orders names as people do: file2 before file10. The language is fixed, so that the order is the same everywhere. */
let natural: Intl.Collator | undefined;

/** The order of captures in a folder. Names that differ only in how a number is written are equal to the collator. */
export function inOrder(one: string, other: string): number {
  natural ??= new Intl.Collator('en', { numeric: true }); // loads the tables of ICU, which a run of one capture needs for nothing else
  return natural.compare(one, other) || (one < other ? -1 : 1);
}

/** Files that are looked at at once. */
const atOnce = 64;

/**
 * The captures that a source of these paths reads, in its order. A directory stands for the captures in it, not in those below it: regular
 * files (or links to them) that are named `*.pcap`, `*.pcapng` or `*.cap`, in any case, with a number behind it (`x.pcap3`), with `.gz` or
 * `.zst`; hidden ones are left out. They are told by name, so that a folder may hold other things, and sorted naturally (file2 before
 * file10). Every other path stands for itself, whether something is there or not; `-` is standard input.
 * @throws {FlowError} ERR_NFSTREAM_NO_CAPTURES for a directory without any, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_READ for one that can't be read; ERR_NFSTREAM_OPTION_TYPE,
 * ERR_NFSTREAM_OPTION_RANGE for what are no paths
 */
export async function findCaptures(paths: string | readonly string[]): Promise<FoundCapture[]> {
  const given = checkPaths('the captures of findCaptures()', paths);
  const found: FoundCapture[] = [];
  for (let i = 0; i < given.length; i += atOnce) {
    for (const some of await Promise.all(given.slice(i, i + atOnce).map(capturesOf))) for (const capture of some) found.push(capture);
  }
  return found;
}

/** The same for a source that waits for more: none where the first is to come. */
export async function findCapturesSoFar(paths: string | readonly string[]): Promise<FoundCapture[]> {
  try {
    return await findCaptures(paths);
  } catch (error) {
    if (error instanceof FlowError && error.code === 'ERR_NFSTREAM_NO_CAPTURES') return [];
    throw error;
  }
}

async function capturesOf(path: string): Promise<FoundCapture[]> {
  const bytes = await sizeOf(path);
  return bytes === 'directory' ? capturesIn(path) : [{ path, bytes }];
}

async function capturesIn(directory: string): Promise<FoundCapture[]> {
  const names = (
    await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
      throw openError(directory, cause);
    })
  ).filter(isCaptureName);
  names.sort(inOrder);
  const found: FoundCapture[] = [];
  for (let i = 0; i < names.length; i += atOnce) {
    const some = names.slice(i, i + atOnce).map((name) => join(directory, name));
    const sizes = await Promise.all(some.map(sizeOf));
    some.forEach((path, index) => {
      const bytes = sizes[index]!;
      if (typeof bytes === 'number' && !Number.isNaN(bytes)) found.push({ path, bytes });
    });
  }
  if (found.length > 0) return found;
  throw new FlowError(
    'ERR_NFSTREAM_NO_CAPTURES',
    `There is no capture in the directory ${shownName(directory)}: no file named *.pcap, *.pcapng or *.cap, plain or with .gz or .zst.`,
    { file: directory },
  );
}

/** What a path that can't be looked at is, is told by whoever opens it. */
async function sizeOf(path: string): Promise<number | 'directory'> {
  try {
    const stats = await stat(path === '-' ? '/dev/stdin' : path);
    return stats.isFile() ? stats.size : stats.isDirectory() && path !== '-' ? 'directory' : NaN;
  } catch {
    return 0;
  }
}
