import { readlink, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { descriptorOf, openDescriptor, openInPlace } from './in-place.js';
import { openReplacement } from './replacement.js';
import type { Sink } from './sink.js';

/**
 * Opens the way to write a path: beside a regular file and renamed when whole, in place for anything else. Symbolic links are followed.
 * @param cancelled is aborted when the output is not wanted any more, which also ends the wait for a FIFO's reader
 */
export async function openSink(path: string, clobber: boolean, cancelled: AbortSignal): Promise<Sink> {
  const target = await followLinks(path);
  const descriptor = descriptorOf(target);
  if (descriptor !== null) return openDescriptor(descriptor, cancelled);
  const existing = await statIfAny(target);
  if (existing !== null && !existing.isFile() && !existing.isDirectory()) return openInPlace(target, existing, cancelled);
  return openReplacement(target, existing, clobber, cancelled);
}

async function statIfAny(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The path that is behind the last part's symbolic links, whether there is something or not. */
async function followLinks(path: string): Promise<string> {
  let target = resolve(path);
  for (let hops = 0; hops < 40; hops++) {
    if (descriptorOf(target) !== null) return target;
    let link: string;
    try {
      link = await readlink(target);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINVAL' || code === 'ENOENT') return target; // not a link, or nothing there
      throw error;
    }
    // The folder is made real first: .. in a link counts from where the link is.
    target = resolve(await realpath(dirname(target)), link);
  }
  return target; // links in a circle: the next call on it says so
}
