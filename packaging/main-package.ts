// The main package: what npm would pack of the clone, without what builds the addon, and with the platforms' packages as optional dependencies.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Folders } from './native.js';
import { run } from './run.js';
import { targets } from './targets.js';

/** What of a clone's package is left out: of what is native only the nDPI module is ever built by users, by nfstream build-ndpi. */
export const leftOut = /^(binding\.gyp|native\/(?!engine\/dissect\/|engine\/text\/text_view\.h))/;

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Makes the folder of the main package, and returns it. */
export function mainPackage({ root, work }: Folders): string {
  const folder = join(work, 'nfstream');
  rmSync(folder, { recursive: true, force: true });
  const listed = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, quiet: true })) as [{ files: { path: string }[] }];
  for (const { path } of listed[0].files) {
    if (leftOut.test(path)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const ofClones = ['scripts', 'devDependencies', 'gypfile', 'files'];
  const kept = Object.entries(manifest).filter(([name]) => !ofClones.includes(name));
  const { 'node-addon-api': _, ...dependencies } = manifest.dependencies;
  const optionalDependencies = Object.fromEntries(targets.map((target) => [`@nfstream/${target.name}`, manifest.version]));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...Object.fromEntries(kept), dependencies, optionalDependencies }, null, 2)}\n`);
  return folder;
}
