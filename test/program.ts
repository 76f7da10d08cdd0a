import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

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

export const fromBuilt = builtIsNew();

/** The module that is the command `nfstream`. */
export const commandModule = fromBuilt ? built : join(root, 'lib/cli/main.ts');

/** The URL of the library's module, for programs that are no files here. */
export const library = pathToFileURL(fromBuilt ? join(dist, 'index.js') : join(root, 'lib/index.ts')).href;

/** What Node needs to run those modules. */
export const libraryFlags: readonly string[] = fromBuilt ? [] : ['--import', 'tsx'];

/** What starts the command as a process, in front of its arguments. */
export const commandLine: readonly string[] = [process.execPath, ...libraryFlags, commandModule];

/** Node's arguments that run a program of the tests or an example. Where the library was built, so is the program: from sources it starts three times as slowly. */
export async function programArgs(path: string): Promise<string[]> {
  return fromBuilt ? [await bundled(path)] : ['--import', 'tsx', path];
}

async function bundled(path: string): Promise<string> {
  const outfile = join(root, 'build/programs', relative(root, path).replaceAll('/', '-').replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    plugins: [
      {
        name: 'where modules stand',
        setup(at) {
          at.onResolve({ filter: /\/lib\/index\.js$/ }, () => ({ path: join(dist, 'index.js'), external: true }));
          at.onLoad({ filter: /\.ts$/ }, ({ path: module }) => {
            const url = module.startsWith(join(root, 'lib/')) ? join(dist, 'root.js') : module;
            return { contents: readFileSync(module, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(url).href)), loader: 'ts' };
          });
        },
      },
    ],
  });
  return outfile;
}
