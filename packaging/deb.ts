// Makes a Debian package of the tarballs in packaging/out: the command with all that it needs but Node, a unit for systemd, and a user of the system.
// usage: tsx packaging/deb.ts [--target linux-x64]; needs the registry of npm, and dpkg-deb
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from './run.js';
import { targets } from './targets.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'packaging/out');
const { values } = parseArgs({ options: { target: { type: 'string', default: `linux-${process.arch}` } } });
const target =
  targets.find((one) => one.name === values.target) ?? fail(`${values.target} is no target; there are ${targets.map((one) => one.name).join(', ')}.`);
const architecture = { x64: 'amd64' }[target.processor] ?? target.processor;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string }> };

const work = join(root, 'packaging/build', target.name, 'deb');
rmSync(work, { recursive: true, force: true });
const home = join(work, 'usr/lib/nfstream');
mkdirSync(home, { recursive: true });
installInto(home);
mkdirSync(join(work, 'usr/bin'));
symlinkSync('../lib/nfstream/node_modules/nfstream/dist/cli/main.js', join(work, 'usr/bin/nfstream'));
putUnit(join(work, 'usr/lib/systemd/system'));
putLicences(join(work, 'usr/share/doc/nfstream'));
putControl(join(work, 'DEBIAN'));

const file = join(out, `nfstream_${version}_${architecture}.deb`);
// No times and owners of this machine.
run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', work, file], { env: { SOURCE_DATE_EPOCH: '0' }, quiet: true });
console.log(file);

/** In the versions of the lock file; with prom-client, as the unit serves counters. */
function installInto(folder: string): void {
  const locked = (name: string): string => packages[`node_modules/${name}`]!.version;
  const dependencies = {
    nfstream: `file:${join(out, `nfstream-${version}.tgz`)}`,
    [`@nfstream/${target.name}`]: `file:${join(out, `nfstream-${target.name}-${version}.tgz`)}`,
    'prom-client': locked('prom-client'),
  };
  const overrides = Object.fromEntries(
    ['flatbuffers', 'tslib', 'json-with-bigint', 'stream-chain', 'tdigest', 'bintrees', '@opentelemetry/api'].map((name) => [name, locked(name)]),
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }));
  // npm refuses what is for another processor than its own, but by force.
  const platform = [`--os=${target.system}`, `--cpu=${target.processor}`, `--libc=${target.libc}`];
  run('npm', ['install', '--silent', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--force', ...platform], { cwd: folder });
  for (const name of ['package.json', 'node_modules/.package-lock.json', 'node_modules/.bin']) rmSync(join(folder, name), { recursive: true, force: true });
}

/** The unit of the examples, for a user who is there: so files have one owner for ever. */
function putUnit(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const unit = readFileSync(join(root, 'examples/systemd/nfstream@.service'), 'utf8');
  writeFileSync(join(folder, 'nfstream@.service'), unit.replace('DynamicUser=yes', 'User=nfstream\nGroup=nfstream'));
}

function putLicences(folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(join(home, 'node_modules/@nfstream', target.name, 'NOTICE.md'), join(folder, 'NOTICE.md'));
  const where =
    'The whole texts of all licences are in /usr/lib/nfstream/node_modules: each package has its own, those of libraries are listed in NOTICE.md beside this file.';
  writeFileSync(join(folder, 'copyright'), `${readFileSync(join(root, 'LICENSE'), 'utf8')}\n${where}\n`);
}

function putControl(folder: string): void {
  mkdirSync(folder);
  const size = run('du', ['-sk', '--exclude=DEBIAN', work], { quiet: true }).split('\t')[0]!;
  const control = {
    Package: 'nfstream',
    Version: version,
    Architecture: architecture,
    Maintainer: 'nfstream <nfstream@localhost>',
    'Installed-Size': size,
    // Node.js 20.19 is not in Debian 12, but where Node.js offers packages of its own.
    Depends: `nodejs (>= 20.19), libc6 (>= ${target.triple.split('gnu.')[1] ?? fail('A Debian package is for glibc.')}), adduser`,
    Section: 'net',
    Priority: 'optional',
    Homepage: 'https://www.npmjs.com/package/nfstream',
    Description:
      'packets in, labelled bidirectional flows out\n Reads captures and network devices, groups packets into flows, names the application of each with nDPI,\n and writes JSON, CSV, Apache Arrow or Parquet.',
  };
  writeFileSync(
    join(folder, 'control'),
    `${Object.entries(control)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n')}\n`,
  );
  const scripts = {
    postinst: 'if [ "$1" = configure ]; then\n  adduser --quiet --system --group --home /var/lib/nfstream --no-create-home nfstream\nfi\nRELOAD',
    prerm: 'if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl stop "nfstream@*.service" || true; fi',
    postrm: 'RELOAD',
  };
  const reload = 'if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi';
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nset -e\n${text.replace('RELOAD', reload)}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

function fail(text: string): never {
  console.error(text);
  process.exit(2);
}
