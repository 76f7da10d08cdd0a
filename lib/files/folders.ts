import { mkdir, open, readdir, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FlowError } from '../errors.js';
import { outputError } from './output-error.js';

/** Makes a change of names in a folder last through a power failure, where the system lets a folder be synced. */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return; // a folder that may be written but not read can't be opened
    throw error;
  }
  try {
    await folder.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error; // some file systems have no sync for folders
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder and those above it, as far as they do not exist.
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT
 */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path);
  try {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  } catch (cause) {
    throw outputError(path, cause);
  }
}

/**
 * Makes the folder of a whole table, which may exist if it is empty: files of another run would be read as rows of this one.
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT_NOT_EMPTY, ERR_NFSTREAM_OUTPUT
 */
export async function makeTableFolder(path: string): Promise<void> {
  await makeFolder(path);
  let names: string[];
  try {
    names = await readdir(path);
  } catch (cause) {
    throw outputError(path, cause);
  }
  if (names.length > 0) {
    throw new FlowError(
      'ERR_NFSTREAM_OUTPUT_NOT_EMPTY',
      `The folder ${path} is not empty, and its files would be read as rows of this run; choose another folder or empty it.`,
      { file: path },
    );
  }
}
