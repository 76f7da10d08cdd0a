import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const built = join(dist, 'cli/main.js');

/** What was built counts where it is newer than every source: it starts three times as fast as the sources. */
function builtIsNew(): boolean {
  if (!existsSync(built)) return false;
  const { mtimeMs } = statSync(built);
  const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return sources.every((name) => statSync(join(root, 'lib', name)).mtimeMs <= mtimeMs);
}

const fromBuilt = builtIsNew();

/** The module that is the command `nfstream`. */
export const commandModule = fromBuilt ? built : join(root, 'lib/cli/main.ts');

/** The URL of the library's module, for programs that are no files here. */
export const library = pathToFileURL(fromBuilt ? join(dist, 'index.js') : join(root, 'lib/index.ts')).href;

/** What Node needs to run those modules. */
export const libraryFlags: readonly string[] = fromBuilt ? [] : ['--import', 'tsx'];

/** What starts the command as a process, in front of its arguments. */
export const commandLine: readonly string[] = [process.execPath, ...libraryFlags, commandModule];

/** A module of the tests, or an example, as Node runs it with `libraryFlags`. */
export async function runnable(path: string): Promise<string> {
  if (!fromBuilt) return path;
  await bundle([path], join(root, 'build/programs'), false);
  return join(root, 'build/programs', relative(root, path).replace(/\.ts$/, '.mjs'));
}

/** Node's arguments that run a program of the tests or an example. */
export async function programArgs(path: string): Promise<string[]> {
  return [...libraryFlags, await runnable(path)];
}
