import { constants, type Stats } from 'node:fs';
import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../folders.js';
import { outputExists } from '../output-error.js';
import { forgetPart, notePart, partName } from './parts.js';
import { writeAll, type Sink } from './sink.js';

let partNumber = 0;

/** Bytes between two syncs: so many that each costs little beside writing them, so few that the one at the end is short. */
const stepBytes = 16 << 20;

/**
 * Writes `.<name>.<process id>-<number>.part` beside a regular file and renames it when it is whole and on the disk, so that the file's name
 * never stands for a part of it. The mode of a file that is replaced is kept.
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT_EXISTS when the file exists, now or at the end, and `clobber` is false
 */
export async function openReplacement(path: string, existing: Stats | null, clobber: boolean, cancelled: AbortSignal): Promise<Sink> {
  if (existing !== null) {
    if (existing.isDirectory()) throw Object.assign(new Error(`EISDIR: illegal operation on a directory, open '${path}'`), { code: 'EISDIR' });
    if (!clobber) throw outputExists(path);
    await (await open(path, constants.O_WRONLY)).close(); // renaming would replace a write-protected file too
  }
  // Until it has the mode of the file that it replaces, nobody else may open it.
  const { part, file } = await createPart(path, existing === null ? 0o666 : 0o600);
  try {
    if (existing !== null) await file.chmod(existing.mode & 0o777);
  } catch (error) {
    await discard(file, part);
    throw error;
  }
  return new Replacement(path, part, file, clobber, cancelled);
}

/** A file on its way to its name. */
class Replacement implements Sink {
  readonly #path: string;
  readonly #part: string;
  readonly #clobber: boolean;
  readonly #cancelled: AbortSignal;
  /** Null while it rests. */
  #file: FileHandle | null;
  #written = 0;
  /** Bytes that the disk has, or will have when `#synced` is over. */
  #kept = 0;
  #synced: Promise<void> = Promise.resolve();
  #committed: Promise<void> = Promise.resolve();

  constructor(path: string, part: string, file: FileHandle, clobber: boolean, cancelled: AbortSignal) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
    this.#clobber = clobber;
    this.#cancelled = cancelled;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = await this.#open();
    await writeAll((rest, from) => file.write(rest, from), bytes, this.#cancelled);
    this.#written += bytes.length;
    if (this.#written - this.#kept >= stepBytes) await this.#keep(file);
  }

  async rest(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  commit(): Promise<void> {
    return (this.#committed = this.#commit());
  }

  async abort(): Promise<void> {
    await discard(this.#file, this.#part);
    await this.#committed.catch(() => {}); // told to whoever committed; it has a descriptor open until then
  }

  async #open(): Promise<FileHandle> {
    // Where it is a link by now, somebody has put that there.
    return (this.#file ??= await open(this.#part, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW));
  }

  /** Goes on while the file grows, so that its end waits for the disk no longer than for a step. */
  async #keep(file: FileHandle): Promise<void> {
    await this.#synced;
    this.#kept = this.#written;
    this.#synced = file.datasync();
    this.#synced.catch(() => {}); // told to who waits for it
  }

  async #commit(): Promise<void> {
    const file = await this.#open();
    await this.#synced;
    await file.sync();
    await file.close();
    await (this.#clobber ? rename(this.#part, this.#path) : claim(this.#part, this.#path));
    forgetPart(this.#part);
    await syncFolder(dirname(this.#path));
  }
}

async function createPart(path: string, mode: number): Promise<{ part: string; file: FileHandle }> {
  for (;;) {
    const part = join(dirname(path), partName(basename(path), partNumber++));
    try {
      return { part, file: await notePart(part, open(part, 'wx', mode)) };
    } catch (error) {
      forgetPart(part);
      // A process of the same number may have left one, on another machine or before a crash.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Gives a file its name only if nobody has it; a check before a rename would leave a gap between the two. */
async function claim(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
    await unlink(part);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw outputExists(path);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    await claimWithoutLinks(part, path);
  }
}

/** For file systems without hard links: an empty file takes the name, and is replaced. */
async function claimWithoutLinks(part: string, path: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw outputExists(path);
    throw error;
  }
  await rename(part, path);
}

async function discard(file: FileHandle | null, part: string): Promise<void> {
  try {
    await file?.close(); // closing again is nothing
  } finally {
    await unlink(part).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // after the rename there is none
    });
    forgetPart(part);
  }
}
