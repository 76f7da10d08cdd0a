// Brings the sources of the libraries, through apt with lists and a cache of its own, so that nothing of the machine's changes; checks and unpacks them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Library } from './libraries.js';
import { run } from './run.js';

const mirror = process.env['NFSTREAM_PACK_MIRROR'] ?? 'http://deb.debian.org/debian';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Unpacks the sources of every library into a folder of its name, where it is not there already.
 * @throws {Error} when one is not to be had, or is not the one that was meant
 */
export function bringSources(libraries: readonly Library[], folder: string): void {
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

/** Where the sources of a library are below the folder of all. */
export function sourcesOf(folder: string, library: Library): string {
  return join(folder, `${library.name}-${withoutEpoch(library)}`);
}

function withoutEpoch({ version }: Library): string {
  return version.replace(/^\d+:/, '');
}

function unpack(library: Library, files: string, target: string): void {
  const version = withoutEpoch(library);
  const begin = `${library.source}_${library.patched ? `${version}.dsc` : `${version.replace(/-[^-]*$/, '')}.orig.tar.`}`;
  const name = readdirSync(files).find((one) => one.startsWith(begin) && !one.endsWith('.asc'));
  if (name === undefined)
    throw new Error(`The sources of ${library.name} ${library.version} were not brought; is there a newer version? See packaging/libraries.ts.`);
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

function privateApt(folder: string): (cwd: string, command: readonly string[]) => void {
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
  return (cwd, command) => void run('apt-get', [...options, ...command], { cwd });
}
