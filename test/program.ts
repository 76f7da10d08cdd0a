import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist/cli/main.js');

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

/** What Node needs to run that module. */
export const commandFlags: readonly string[] = fromBuilt ? [] : ['--import', 'tsx'];

/** What starts the command as a process, in front of its arguments. */
export const commandLine: readonly string[] = [process.execPath, ...commandFlags, commandModule];
