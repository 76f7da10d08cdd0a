// Makes the tarballs that are published: the main package, which has no native code, and one for each platform. The same bytes come of the same commit wherever it is.
// usage: tsx packaging/pack.ts [--targets linux-x64,linux-arm64] [--out packaging/out]
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { libraries } from './libraries.js';
import { mainPackage } from './main-package.js';
import { buildTarget } from './native.js';
import { platformPackage } from './platform-package.js';
import { run } from './run.js';
import { writeSbom } from './sbom.js';
import { bringSources } from './sources.js';
import { tarball } from './tarball.js';
import { targets } from './targets.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, 'packaging/build');
const { values } = parseArgs({ options: { targets: { type: 'string' }, out: { type: 'string', default: join(root, 'packaging/out') } } });
const names = values.targets?.split(',') ?? targets.map((target) => target.name);
const wanted = names.map(
  (name) => targets.find((one) => one.name === name) ?? fail(`${name} is no target; there are ${targets.map((one) => one.name).join(', ')}.`),
);
const out = resolve(values.out);
if (/\s/.test(root)) fail('The libraries of others cannot be built in a folder whose name has blanks.');

mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) if (name.endsWith('.tgz')) rmSync(join(out, name));

console.log('sources');
bringSources(libraries, join(work, 'sources'));
for (const target of wanted) {
  console.log(target.name);
  const built = buildTarget(target, { root, work });
  tarball(platformPackage(target, built, { root, work }), out);
}
console.log('nfstream');
// Declarations of files that are no more would stay.
rmSync(join(root, 'dist'), { recursive: true, force: true });
run('npm', ['run', '--silent', 'build:ts'], { cwd: root });
tarball(mainPackage({ root, work }), out);
writeSbom(root, out);

function fail(text: string): never {
  console.error(text);
  process.exit(2);
}
