// Brings the sources of the libraries, through apt with lists and a cache of its own, so that nothing of the machine's changes; checks and unpacks them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

const mirror = process.env.NFSTREAM_PACK_MIRROR ?? 'http://deb.debian.org/debian';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Unpacks the sources of every library into a folder of its name, where it is not there already.
 * @param {readonly import('./libraries.mjs').Library[]} libraries
 * @param {string} folder
 */
export function bringSources(libraries, folder) {
  const missing = libraries.filter((library) => !existsSync(sourcesOf(folder, library)));
  if (missing.length === 0) return;
  const apt = privateApt(join(folder, 'apt'));
  const files = join(folder, 'files');
  mkdirSync(files, { recursive: true });
  apt(files, ['update', '-qq']);
  for (const library of missing) {
    apt(files, ['source', '-qq', '--download-only', ...(library.patched ? [] : ['--tar-only']), `${library.source}=${library.version}`]);
    unpack(library, files, sourcesOf(folder, library));
  }
}

/**
 * @param {string} folder
 * @param {import('./libraries.mjs').Library} library
 * @returns where its sources are
 */
export function sourcesOf(folder, library) {
  return join(folder, `${library.name}-${library.version.replace(/^\d+:/, '')}`);
}

function unpack(library, files, target) {
  const upstream = library.version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  const begin = library.patched ? `${library.source}_${library.version.replace(/^\d+:/, '')}.dsc` : `${library.source}_${upstream}.orig.tar.`;
  const name = readdirSync(files).find((one) => one.startsWith(begin) && !one.endsWith('.asc'));
  if (name === undefined) throw new Error(`The sources of ${library.name} ${library.version} were not brought; is there a newer version? See packaging/libraries.mjs.`);
  const file = join(files, name);
  const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (sum !== library.sha256) throw new Error(`${name} has the SHA-256 ${sum}, not ${library.sha256}.`);
  const part = `${target}.part`;
  rmSync(part, { recursive: true, force: true });
  if (library.patched) run('dpkg-source', ['--no-copy', '-x', file, part], { quiet: true });
  else {
    mkdirSync(part);
    run('tar', ['-xf', file, '-C', part, '--strip-components=1', '--no-same-owner', '--exclude=*/tests/*'], { quiet: true });
  }
  renameSync(part, target);
}

function privateApt(folder) {
  if (!existsSync(keyring)) throw new Error(`${keyring} is missing; on Debian or Ubuntu: apt-get install debian-archive-keyring`);
  for (const name of ['lists/partial', 'cache/archives/partial', 'sources']) mkdirSync(join(folder, name), { recursive: true });
  const sources = ['Types: deb-src', `URIs: ${mirror}`, 'Suites: bookworm bookworm-updates', 'Components: main', `Signed-By: ${keyring}`, ''];
  writeFileSync(join(folder, 'sources/debian.sources'), sources.join('\n'));
  const settings = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': join(folder, 'sources'),
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': '',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return (cwd, command) => run('apt-get', [...options, ...command], { cwd });
}
