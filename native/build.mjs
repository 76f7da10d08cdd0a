// Builds the addon with node-gyp: all of it, or with --changed what has changed since. Node's headers are taken from this machine where it has them, so that nothing is downloaded.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const needed = [
  ['libpcap', 'libpcap-dev'],
  ['zlib', 'zlib1g-dev'],
  ['libzstd', 'libzstd-dev'],
  ['liblz4', 'liblz4-dev'],
];

// What npm makes a package of, to install it from git, is a clone that goes away: an addon built there would not be in the package.
if (process.argv.includes('--in-clone') && '_PACOTE_NO_PREPARE_' in process.env) process.exit(0);

function has(library) {
  return spawnSync('pkg-config', ['--exists', library]).status === 0;
}

if (spawnSync('pkg-config', ['--version']).error) {
  fail('pkg-config is missing. On Debian or Ubuntu: apt-get install pkg-config g++ make python3 libpcap-dev zlib1g-dev libzstd-dev liblz4-dev libndpi-dev');
}
const missing = needed.filter(([library]) => !has(library)).map(([, debian]) => debian);
if (missing.length > 0) fail(`Development files are missing. On Debian or Ubuntu: apt-get install ${missing.join(' ')}`);
if (!has('libndpi'))
  console.warn('nfstream: libndpi was not found, so flows will have no labels. On Debian or Ubuntu: apt-get install libndpi-dev, then npm run build.');

const nodeGyp = findNodeGyp();
const prefix = dirname(dirname(process.execPath));
const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
const commands = process.argv.includes('--changed') ? ['configure', 'build'] : ['rebuild'];
const built = spawnSync(process.execPath, [nodeGyp, ...commands, ...headers, '--jobs', 'max'], { encoding: 'utf8' });
if (built.status !== 0) {
  console.error(built.stdout, built.stderr);
  fail('The native addon could not be built; what the compiler said stands above.');
}

/** That of a clone; where the package was installed, npm brings its own. */
function findNodeGyp() {
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  } catch {
    return process.env.npm_config_node_gyp ?? fail('node-gyp is missing; npm brings it when you run: npm run build:native');
  }
}

function fail(text) {
  console.error(`nfstream: ${text}`);
  process.exit(1);
}
