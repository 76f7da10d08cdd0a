import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

// In two pieces, so that it is no such question itself when this module is bundled.
const ownUrl = 'import.meta' + '.url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles TypeScript of the tests with what it takes of lib/, which then runs as if it stood in dist/: what is bundled starts in a third of the time that the
 * sources take, and so do the threads of the library. Where they ask for their own URL, modules of the tests are told that of their source.
 * @param splitting whether what several modules take is a module of its own
 */
export async function bundle(entryPoints: readonly string[], outdir: string, splitting: boolean): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    outdir,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: 'linked',
    plugins: [
      {
        name: 'where modules stand',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const stands = path.startsWith(join(root, 'lib/')) ? join(root, 'dist/root.js') : path;
            return { contents: readFileSync(path, 'utf8').replaceAll(ownUrl, JSON.stringify(pathToFileURL(stands).href)), loader: 'ts' };
          });
        },
      },
    ],
  });
}
