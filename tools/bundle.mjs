// Builds what runs of lib/ into dist/: few modules, because most of the time that a short run takes goes into opening and compiling many.
// usage: node tools/bundle.mjs, behind the compiler, which checks and writes the declarations
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundlePage, pageNames } from '../lib/report/bundle-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' });
const workers = names.filter((name) => name.endsWith('-worker.ts'));
const commonWorkers = workers.filter((name) => name.endsWith('parquet-worker.ts'));
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Packages that the command has in its own script: it starts with them. */
const ofCommand = ['@noble/hashes', 'ansi-escapes', 'commander', 'stream-json'];

// Names stay as they are, so that what a program or a report tells of an error can be read.
const usual = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
};

/** The command is given apache-arrow by what runs it, which keeps its code, too. */
const givenArrow = {
  name: 'apache-arrow as it is given',
  setup({ onLoad }) {
    onLoad({ filter: /lib\/load-arrow\.ts$/ }, () => ({ contents: "export const loadArrow = () => require('./own-arrow.cjs');" }));
  },
};

/** Node's own around a CommonJS module: with it in the file, the text of the script is not copied to be put there. */
const wrapper = ['(function(exports,require,module,__filename,__dirname){', '})'];

const builds = await Promise.all([
  // The library, and the modules that its threads begin with. Packages of others stay outside.
  build({
    ...usual,
    entryPoints: ['index.ts', 'root.ts', ...workers.filter((name) => !commonWorkers.includes(name))].map((name) => join('lib', name)),
    outbase: 'lib',
    splitting: true,
    packages: 'external',
    format: 'esm',
    charset: 'utf8',
  }),
  // Threads that take nothing of the library but what they have with them: as CommonJS they begin in half the time.
  build({
    ...usual,
    entryPoints: commonWorkers.map((name) => join('lib', name)),
    outbase: 'lib',
    outExtension: { '.js': '.cjs' },
    packages: 'external',
    format: 'cjs',
  }),
  // apache-arrow as the library uses it.
  build({ ...usual, entryPoints: ['lib/own-arrow.ts'], outExtension: { '.js': '.cjs' }, format: 'cjs', conditions: ['import'] }),
  // The command: one script of ASCII, which can be compiled once for many runs. It is a function, which is called as Node calls that of a CommonJS module.
  build({
    ...usual,
    entryPoints: [{ in: 'lib/cli/main.ts', out: 'command' }],
    outExtension: { '.js': '.cjs' },
    external: ['./own-arrow.cjs', ...Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !ofCommand.includes(name))],
    format: 'cjs',
    supported: { 'dynamic-import': false },
    plugins: [givenArrow],
    define: { 'import.meta.url': 'moduleUrl' },
    banner: {
      js: `${wrapper[0]}"use strict";const moduleUrl=require('node:url').pathToFileURL(require('node:path').join(__dirname,'root.js')).href;`,
    },
    footer: { js: wrapper[1] },
  }),
  // What runs that script. Node is faster with it as CommonJS.
  build({ ...usual, entryPoints: [{ in: 'lib/cli/start/start.ts', out: 'cli/main' }], format: 'cjs' }),
]);
const made = new Set(builds.flatMap(({ metafile }) => Object.keys(metafile.outputs)).map((path) => path.replace(/^dist\//, '')));
for (const name of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) {
  if (/\.c?js(\.map)?$/.test(name) && !made.has(name)) rmSync(join(root, 'dist', name));
}
for (const name of pageNames) writeFileSync(join(root, `dist/report/${name}.json`), JSON.stringify(await bundlePage(name)));
writeFileSync(join(root, 'dist/cli/package.json'), '{"type":"commonjs"}\n');
chmodSync(join(root, 'dist/cli/main.js'), 0o755);
