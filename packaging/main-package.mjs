// The main package: what npm would pack of the clone, without what builds the addon, and with the platforms' packages as optional dependencies.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.mjs';
import { targets } from './targets.mjs';

// Of what is native only the nDPI module is ever built by users: nfstream build-ndpi.
const built = /^(binding\.gyp|native\/(?!engine\/dissect\/|engine\/text\/text_view\.h))/;

/**
 * @param {{ root: string, work: string }} folders
 * @returns the folder of the package
 */
export function mainPackage({ root, work }) {
  const folder = join(work, 'nfstream');
  rmSync(folder, { recursive: true, force: true });
  const [{ files }] = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, quiet: true }));
  for (const { path } of files) {
    if (built.test(path)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['scripts', 'devDependencies', 'gypfile', 'files']) delete manifest[name];
  delete manifest.dependencies['node-addon-api'];
  manifest.optionalDependencies = Object.fromEntries(targets.map((target) => [`@nfstream/${target.name}`, manifest.version]));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return folder;
}
