// Makes tarballs whose native part is the clone's own build, in seconds: for trying the rest of the packages where there is no time to build all. They run where the clone runs,
// and are never published.
// usage: tsx packaging/pack-clone.ts FOLDER
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mainPackage } from './main-package.js';
import { writeManifest } from './platform-package.js';
import { tarball } from './tarball.js';
import { targets } from './targets.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = resolve(process.argv[2]!);
const name = `linux-${process.arch}`;
const target = targets.find((one) => one.name === name);
if (target === undefined) throw new Error(`There is no package for ${name}.`);
const work = join(root, 'packaging/build/clone');
const folder = join(work, name);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
mkdirSync(out, { recursive: true });
for (const file of ['nfstream.node', 'ndpi_dissector.node']) cpSync(join(root, 'build/Release', file), join(folder, file));
writeManifest(target, folder, root);
tarball(folder, out);
tarball(mainPackage({ root, work }), out);
