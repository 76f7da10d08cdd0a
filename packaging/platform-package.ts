// The package of a platform: addon, nDPI module and the libraries that these need, with the licences of all.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkObjects } from './check-objects.js';
import { copyBuilt, type Built, type Folders } from './native.js';
import { licenceOfAll, writeNotice } from './notice.js';
import type { Target } from './targets.js';

/** Makes the folder of the package of a platform, and returns it. */
export function platformPackage(target: Target, built: Built, { root, work }: Folders): string {
  const folder = join(work, target.name, 'package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyBuilt(built, folder);
  checkObjects(folder, target, [root, work, built.zig]);
  writeNotice(folder, built.zig, { root, work });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeManifest(target, folder, root);
  return folder;
}

/** Writes package.json and README.md of the package of a platform. */
export function writeManifest(target: Target, folder: string, root: string): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const name = `@nfstream/${target.name}`;
  const description = `What is native of nfstream, for ${target.system} on ${target.processor} with ${target.libc}: install nfstream, not this`;
  const manifest = {
    name,
    version,
    description,
    license: licenceOfAll(),
    os: [target.system],
    cpu: [target.processor],
    libc: [target.libc],
    preferUnplugged: true,
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), `# ${name}\n\n${description}. NOTICE.md lists the libraries in it, and where their sources are.\n`);
}
