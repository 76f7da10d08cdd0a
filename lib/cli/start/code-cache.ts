import { closeSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync, type Stats } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { subcommandNames } from '../subcommand-names.js';

// Compiling takes longer than all else that a short run does. V8 can keep what it has compiled and take it back, if it is of the same release and has the same
// flags, which it checks; whether the bytes are those that were written, and of this script, is checked here. Nothing here may fail a run.

/** Files that are kept: several kinds of work, each for a few releases. */
const mostFiles = 24;

/** In front of what V8 gives stands its checksum. */
const checksumBytes = 4;

/**
 * Runs a CommonJS script, which has one byte a character, with the code that an earlier run compiled. A run that had to compile, and does well, keeps its code in the folder
 * `nfstream` of the user's cache, unless `NODE_DISABLE_COMPILE_CACHE` is set.
 * @param path the script, @param args of the command
 */
export function runScript(path: string, args: readonly string[]): void {
  const bytes = readFileSync(path);
  const work = workOf(args);
  const folder = cacheFolder();
  const file = folder === null ? null : join(folder, `${work ?? anyWork}-${crc32(bytes).toString(16)}-${process.version}-${process.arch}.bin`);
  const cachedData = file === null ? null : readCode(file);
  const source = `(function (exports, require, module, __filename, __dirname) { ${bytes.toString('latin1')}\n})`;
  const script = new Script(source, { filename: path, ...(cachedData !== null && { cachedData }) });
  if (file !== null && work !== null && (cachedData === null || script.cachedDataRejected === true)) {
    process.once('exit', (code) => {
      if (code === 0) writeCode(file, script);
    });
  }
  const module = { exports: {} };
  (script.runInThisContext() as (...args: unknown[]) => void)(module.exports, createRequire(path), module, path, dirname(path));
}

/** The work whose code serves where nothing is known. */
const anyWork = 'run';

/** What tells which functions are wanted: a command with a name, or a run with the kind of its output. Null where there is too little work for its code to be of use later. */
function workOf(args: readonly string[]): string | null {
  const [first = '-'] = args;
  if (args.every((arg) => arg.startsWith('-'))) return null;
  if ((subcommandNames as readonly string[]).includes(first)) return first;
  return args.some((arg) => /\.parquet$|^parquet$/.test(arg)) ? 'parquet' : args.some((arg) => /\.arrows?$|^arrows?$/.test(arg)) ? 'arrow' : anyWork;
}

/** The folder for code in the user's cache; null without one that is the user's own. */
function cacheFolder(): string | null {
  const { NODE_DISABLE_COMPILE_CACHE: off = '', XDG_CACHE_HOME: cache = '', HOME: home = '' } = process.env;
  const base = isAbsolute(cache) ? cache : home;
  if (off !== '' || !isAbsolute(base)) return null;
  try {
    return isOwn(statSync(base)) ? join(base, base === cache ? 'nfstream' : '.cache/nfstream') : null;
  } catch {
    return null;
  }
}

/** Code is run: it must come from this user, and nobody else may have changed it. */
function isOwn({ uid, mode }: Stats): boolean {
  return uid === process.geteuid?.() && (mode & 0o022) === 0;
}

/** Code that was kept; null where there is none, or not as it was written. */
function readCode(file: string): Buffer | null {
  try {
    if (!isOwn(lstatSync(dirname(file)))) return null;
    const opened = openSync(file, 'r');
    try {
      if (!isOwn(fstatSync(opened))) return null;
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

function writeCode(file: string, script: Script): void {
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

function removeOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const dated = files.map((path) => ({ path, time: statSync(path).mtimeMs })).sort((a, b) => b.time - a.time);
  for (const { path } of dated.slice(mostFiles)) rmSync(path, { force: true });
}
