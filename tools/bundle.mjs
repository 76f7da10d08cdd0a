// Builds what runs of lib/ into dist/: few modules, because most of the time that a short run takes goes into opening many. Packages of others stay outside.
// usage: node tools/bundle.mjs, behind the compiler, which checks and writes the declarations
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundlePage, pageNames } from '../lib/report/bundle-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' });

const { metafile } = await build({
  absWorkingDir: root,
  // Threads begin with modules of their own.
  entryPoints: ['index.ts', 'root.ts', 'cli/main.ts', ...names.filter((name) => name.endsWith('-worker.ts'))].map((name) => join('lib', name)),
  outdir: 'dist',
  outbase: 'lib',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  charset: 'utf8',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
});
const made = new Set(Object.keys(metafile.outputs).map((path) => path.replace(/^dist\//, '')));
for (const name of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) {
  if (/\.js(\.map)?$/.test(name) && !made.has(name)) rmSync(join(root, 'dist', name));
}
for (const name of pageNames) writeFileSync(join(root, `dist/report/${name}.json`), JSON.stringify(await bundlePage(name)));
chmodSync(join(root, 'dist/cli/main.js'), 0o755);
