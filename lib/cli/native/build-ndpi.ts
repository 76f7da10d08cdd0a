import { Option as Flag } from 'commander';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlowError } from '../../errors.js';
import { native } from '../../native.js';
import { root } from '../../root.js';
import type { Outside } from '../streams.js';
import type { Subcommand } from '../subcommand.js';

/** What `nfstream build-ndpi` is asked for. */
interface BuildRequest {
  /** Where nDPI was installed; null for the one that pkg-config finds. */
  readonly prefix: string | null;
  readonly output: string;
}

const examples = `
Examples:
  nfstream build-ndpi                              with the system's nDPI (on Debian: libndpi-dev)
  nfstream build-ndpi --prefix /usr/local -o ~/ndpi_dissector.node
  NFSTREAM_NDPI=~/ndpi_dissector.node nfstream office.pcap

It takes a compiler of C++17, and builds nothing but the small module that links nDPI.
`;

/** `nfstream build-ndpi`. */
export const buildNdpi: Subcommand<BuildRequest> = {
  name: 'build-ndpi',
  does: 'Builds the module for another nDPI than the one that nfstream brings, for the variable NFSTREAM_NDPI.',
  takes: 'nothing',
  examples,
  flags: () => [
    new Flag('--prefix <folder>', 'Where this nDPI was installed. Default: as pkg-config finds it.'),
    new Flag('-o, --output <file>', 'Where the module is put.').default('ndpi_dissector.node'),
  ],
  request: ({ values }) => ({ prefix: (values['prefix'] as string | undefined) ?? null, output: resolve(values['output'] as string) }),
  perform: async (request, outside) => build(request, outside),
};

/** How the compiler finds nDPI. */
interface Found {
  readonly includes: readonly string[];
  readonly folder: string | null;
}

function build({ prefix, output }: BuildRequest, outside: Outside): number {
  const found = findNdpi(prefix, outside);
  const sources = fileURLToPath(new URL('native/', root));
  const folders = ['engine/dissect/ndpi', 'engine/digest'].map((folder) => join(sources, folder));
  // Beside the target, so that it becomes the target at once when it is whole and loads.
  const work = workFolder(output);
  try {
    const made = join(work, 'ndpi_dissector.node');
    compile(outside, [
      ...['-std=c++17', '-O3', '-fPIC', '-fvisibility=hidden', '-shared', '-I', sources, ...found.includes.flatMap((folder) => ['-isystem', folder])],
      ...folders.flatMap((folder) => readdirSync(folder).flatMap((name) => (name.endsWith('.cc') ? [join(folder, name)] : []))),
      ...['-o', made, '-Wl,-z,defs', ...(found.folder === null ? [] : [`-L${found.folder}`, `-Wl,-rpath,${found.folder}`]), '-lndpi'],
    ]);
    const version = native.dissectorVersion(made);
    renameSync(made, output);
    outside.stdout.write(`nDPI ${version}: ${output}\nTo use it: export NFSTREAM_NDPI=${output}\n`);
    return 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function workFolder(output: string): string {
  try {
    return mkdtempSync(join(dirname(output), '.nfstream-'));
  } catch (cause) {
    throw new FlowError('ERR_NFSTREAM_OUTPUT', `${output} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

function compile({ env, stderr }: Outside, parameters: readonly string[]): void {
  const compiler = env['CXX'] ?? 'c++';
  const done = spawnSync(compiler, parameters, { encoding: 'utf8' });
  if (done.error) {
    throw new FlowError('ERR_NFSTREAM_NO_NDPI', `The compiler ${compiler} could not be run. Install one (on Debian: g++), or name it in the variable CXX.`, {
      cause: done.error,
    });
  }
  stderr.write(done.stderr);
  if (done.status !== 0) throw new FlowError('ERR_NFSTREAM_NO_NDPI', 'The module for nDPI could not be built; what the compiler said stands above.');
}

/** @throws {FlowError} ERR_NFSTREAM_NO_NDPI when it is not there */
function findNdpi(prefix: string | null, { env }: Outside): Found {
  const libraries = prefix === null ? [] : ['lib', 'lib64', ...subfolders(join(prefix, 'lib'))].map((name) => join(resolve(prefix), name));
  const search = prefix === null ? env['PKG_CONFIG_PATH'] : libraries.map((folder) => join(folder, 'pkgconfig')).join(':');
  const asked = (...what: readonly string[]): string | null => {
    const settings = prefix === null ? {} : { PKG_CONFIG_LIBDIR: search };
    const done = spawnSync('pkg-config', [...what, 'libndpi'], { encoding: 'utf8', env: { ...env, PKG_CONFIG_PATH: search, ...settings } });
    return done.status === 0 ? done.stdout.trim() : null;
  };
  const flags = asked('--cflags-only-I', '--keep-system-cflags');
  if (flags !== null) {
    const folder = asked('--libs-only-L', '--keep-system-libs');
    return { includes: flags.split(/\s+/).flatMap((flag) => (flag.startsWith('-I') ? [flag.slice(2)] : [])), folder: folder?.match(/^-L(\S+)/)?.[1] ?? null };
  }
  const headers = join(prefix === null ? '/usr' : resolve(prefix), 'include/ndpi');
  const folder = libraries.find((one) => existsSync(join(one, 'libndpi.so'))) ?? null;
  if (existsSync(join(headers, 'ndpi_api.h')) && (prefix === null || folder !== null)) return { includes: [headers], folder };
  const where = prefix === null ? 'pkg-config finds no libndpi, and /usr/include/ndpi is not there' : `There is no nDPI in ${prefix}`;
  throw new FlowError('ERR_NFSTREAM_NO_NDPI', `${where}: install it with its headers (on Debian: libndpi-dev), or say with --prefix where it is.`);
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((one) => one.isDirectory() && one.name.includes('-linux-'))
      .map((one) => join('lib', one.name));
  } catch {
    return []; // no such folder, so nothing in it
  }
}
