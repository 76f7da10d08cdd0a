import { watch, type BigIntStats, type FSWatcher } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlowError } from '../../errors.js';
import { openError } from '../../open-error.js';
import { isCaptureName } from '../../capture-name.js';
import { inOrder } from '../find-captures.js';
import type { FollowedPaths } from './followed-paths.js';

/** How often the folder is looked at, in milliseconds: not every file system tells of what is new. */
const lookEveryMs = 500;

/** In one of so many looks every file that was read is looked at, and in the others those that something has happened to. */
const looksForAll = 20;

/** A file of the folder that is waiting, is being read, or was read. */
interface Known {
  readonly inode: bigint;
  /** Its size when it was read to its end, and when it was written last; null before that. */
  read: { readonly size: bigint; readonly mtimeNs: bigint } | null;
}

/**
 * The captures of a folder: those that are there, in the order of their names, then new ones as they appear. One that has been read and is there anew under its old name (as in a ring
 * of files) is a new one.
 */
export class FolderPaths implements FollowedPaths {
  readonly #folder: string;
  readonly #known = new Map<string, Known>();
  readonly #waiting: string[] = [];
  #last: string | null = null;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #looks = 0;
  /** Names that something has happened to. */
  #touched = new Set<string>();
  /** Look once more after this. */
  #changed = false;
  #failure: FlowError | null = null;
  #onMore: (() => void) | null = null;
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async next(): Promise<string | null> {
    this.#begin();
    await this.#look();
    this.#timer?.ref(); // nothing else keeps the process while it waits
    while (!this.#closed && this.#waiting.length === 0 && this.#failure === null) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#timer?.unref();
    if (this.#failure !== null) throw this.#failure;
    return this.#closed ? null : join(this.#folder, (this.#last = this.#waiting.shift()!));
  }

  isLast(onMore: () => void): boolean {
    if (this.#waiting.length > 0 || this.#failure !== null) return false;
    this.#onMore = onMore;
    return true;
  }

  async readTo(path: string): Promise<void> {
    const name = this.#last!;
    const stats = await stat(path, { bigint: true }).catch(() => null);
    const known = this.#known.get(name);
    // Gone, or another file already: then that one is new.
    if (stats === null || stats.ino !== known?.inode) this.#known.delete(name);
    else known.read = { size: stats.size, mtimeNs: stats.mtimeNs };
  }

  again(): void {
    this.#waiting.unshift(this.#last!);
  }

  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#watcher = this.#timer = this.#onMore = null;
    this.#tell();
  }

  #begin(): void {
    if (this.#timer !== null || this.#closed) return;
    this.#timer = setInterval(() => void this.#look(), lookEveryMs).unref();
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, (_, name) => {
        if (name !== null) this.#touched.add(name);
        void this.#look();
      });
      this.#watcher.on('error', () => this.#watcher?.close()); // it is looked at now and then
    } catch {
      this.#watcher = null; // too many are in use: as above
    }
  }

  /** Looks for new files; a call while it does makes it look once more. */
  #look(): Promise<void> {
    this.#changed = true;
    return (this.#looking ??= this.#lookNow().finally(() => (this.#looking = null)));
  }

  async #lookNow(): Promise<void> {
    while (this.#changed && !this.#closed) {
      this.#changed = false;
      try {
        await this.#findNew();
      } catch (cause) {
        this.#failure = openError(this.#folder, cause as NodeJS.ErrnoException);
      }
    }
    this.#tell();
  }

  async #findNew(): Promise<void> {
    const names = (await readdir(this.#folder)).filter(isCaptureName).sort(inOrder);
    const there = new Set(names);
    const touched = this.#touched;
    this.#touched = new Set();
    const all = this.#looks++ % looksForAll === 0;
    for (const name of this.#known.keys()) if (!there.has(name) && name !== this.#last) this.#known.delete(name);
    for (const name of names) {
      const known = this.#known.get(name);
      if (known !== undefined && (known.read === null || (!all && !touched.has(name)))) continue;
      const stats = await stat(join(this.#folder, name), { bigint: true }).catch(() => null);
      if (stats === null || !stats.isFile() || (known !== undefined && !isAnew(known, stats))) continue;
      this.#known.set(name, { inode: stats.ino, read: null });
      this.#waiting.push(name);
    }
  }

  #tell(): void {
    this.#wake?.();
    this.#wake = null;
    if (this.#waiting.length === 0 && this.#failure === null) return; // what fails is told behind the last file
    const onMore = this.#onMore;
    this.#onMore = null;
    onMore?.();
  }
}

/** Whether a file that was read has been written anew: what has only grown late has not. */
function isAnew({ inode, read }: Known, { ino, size, mtimeNs }: BigIntStats): boolean {
  return ino !== inode || size < read!.size || (size === read!.size && mtimeNs !== read!.mtimeNs);
}
