// The package of a platform: addon, nDPI module and the libraries that these need, with the licences of all.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkObjects } from './check-objects.mjs';
import { copyBuilt } from './native.mjs';
import { licenceOfAll, writeNotice } from './notice.mjs';

/**
 * @param {import('./targets.mjs').Target} target
 * @param {{ objects: string, prefix: string, zig: string }} built
 * @param {{ root: string, work: string }} folders
 * @returns the folder of the package
 */
export function platformPackage(target, built, { root, work }) {
  const folder = join(work, target.name, 'package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyBuilt(built, folder);
  checkObjects(folder, target, [root, work, built.zig]);
  writeNotice(folder, built.zig, { root, work });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const name = `@nfstream/${target.name}`;
  const description = `What is native of nfstream, for ${target.os} on ${target.cpu} with ${target.libc}: install nfstream, not this`;
  const manifest = { name, version, description, license: licenceOfAll(), os: [target.os], cpu: [target.cpu], libc: [target.libc], preferUnplugged: true };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), `# ${name}\n\n${description}. NOTICE.md lists the libraries in it, and where their sources are.\n`);
  return folder;
}
