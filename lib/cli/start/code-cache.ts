import { closeSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync, type Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

// Compiling takes longer than all else that a short run does. V8 can give what it has compiled, and take it back where it is of the same release and has the same
// flags, which it checks; whether the bytes are those that were given, and for this script, is checked here. Nothing here may fail a run.

/** Files that are kept: several kinds of work, each for a few releases. */
const mostFiles = 24;

/** In front of what V8 gives stands its checksum. */
const checksumBytes = 4;

/**
 * Where the code of a script is kept: in the folder `nfstream` of the user's cache, for this release of Node.js and these bytes.
 * @param work what the code is for: of different work different functions were compiled
 * @returns null where no folder is the user's own, and where `NODE_DISABLE_COMPILE_CACHE` says that nothing is to be kept
 */
export function codeFile(bytes: Uint8Array, work: string, env: Readonly<NodeJS.ProcessEnv>): string | null {
  const { NODE_DISABLE_COMPILE_CACHE: off = '', XDG_CACHE_HOME: cache = '', HOME: home = '' } = env;
  const base = isAbsolute(cache) ? cache : home;
  if (off !== '' || !isAbsolute(base)) return null;
  try {
    // Root who has kept another user's HOME leaves nothing there.
    if (!isOwn(statSync(base))) return null;
  } catch {
    return null;
  }
  return join(base, base === cache ? '' : '.cache', 'nfstream', `${work}-${crc32(bytes).toString(16)}-${process.version}-${process.arch}.bin`);
}

/**
 * Compiles a script, or takes its code from this file.
 * @param text the script, @param path it, for errors
 * @returns the script, and whether its code was taken
 */
export function compile(text: string, path: string, file: string | null): { readonly script: Script; readonly taken: boolean } {
  const cachedData = file === null ? null : readCode(file);
  const script = new Script(text, { filename: path, ...(cachedData !== null && { cachedData }) });
  return { script, taken: cachedData !== null && script.cachedDataRejected === false };
}

/** Keeps what has been compiled of a script so far. */
export function keepCode(file: string, script: Script): void {
  const part = `${file}.${process.pid}.part`;
  let opened: number | null = null;
  try {
    const folder = dirname(file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOwn(lstatSync(folder))) return;
    opened = openSync(part, 'wx', 0o600);
    const code = script.createCachedData();
    const checksum = Buffer.alloc(checksumBytes);
    checksum.writeUInt32LE(crc32(code));
    const bytes = Buffer.concat([checksum, code]);
    if (writeSync(opened, bytes) === bytes.length) renameSync(part, file);
    removeOldest(folder);
  } catch {
    // The next run compiles again.
  } finally {
    if (opened !== null) {
      closeSync(opened);
      rmSync(part, { force: true });
    }
  }
}

/** Code is run: it must come from this user, and nobody else may have changed it. */
function isOwn({ uid, mode }: Stats): boolean {
  return uid === process.geteuid!() && (mode & 0o022) === 0;
}

/** Code that was kept; null where there is none, or not as it was written. */
function readCode(file: string): Buffer | null {
  try {
    if (!isOwn(lstatSync(dirname(file)))) return null;
    const opened = openSync(file, 'r');
    try {
      const stats = fstatSync(opened);
      if (!stats.isFile() || !isOwn(stats)) return null;
      const bytes = readFileSync(opened);
      const code = bytes.subarray(checksumBytes);
      return bytes.length > checksumBytes && bytes.readUInt32LE() === crc32(code) ? code : null;
    } finally {
      closeSync(opened);
    }
  } catch {
    return null;
  }
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const dated = files.map((path) => ({ path, time: statSync(path).mtimeMs })).sort((a, b) => b.time - a.time);
  for (const { path } of dated.slice(mostFiles)) rmSync(path, { force: true });
}
