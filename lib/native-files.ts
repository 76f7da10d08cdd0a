import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlowError } from './errors.js';
import { root } from './root.js';

/** What there are packages for, by Node's names of system and processor, and with musl by its name: they have what is native. */
export const packagedPlatforms: readonly string[] = ['linux-x64', 'linux-arm64', 'linux-x64-musl'];

/** The oldest glibc that the packages run with. */
export const oldestGlibc = '2.28';

/** The version of nfstream itself. */
export const version = ownVersion();

/** What decides where the native files are; for tests. */
export interface Platform {
  /** The package's own folder. */
  readonly root: string;
  readonly system: string;
  readonly processor: string;
  /** The glibc of this process; null where it has another C library. */
  readonly glibc: () => string | null;
}

const thisPlatform: Platform = {
  root: fileURLToPath(root).replace(/(?<=.)\/$/, ''),
  system: process.platform,
  processor: process.arch,
  glibc: () => {
    const report = process.report as typeof process.report & { excludeNetwork?: boolean };
    const { excludeNetwork = false } = report;
    // Names of the network's addresses, which would be asked for, take their time.
    report.excludeNetwork = true;
    const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
    report.excludeNetwork = excludeNetwork;
    return header.glibcVersionRuntime ?? null;
  },
};

/**
 * The folder with the addon and the nDPI module: that of a clone's own build, else of the package for this platform.
 * @throws {FlowError} ERR_NFSTREAM_NATIVE, which says what to do about it
 */
export function nativeFolder(platform: Platform = thisPlatform): string {
  // Once found it is not looked for again: by then the process may be a user who may not look there.
  return platform === thisPlatform ? (foundFolder ??= findNativeFolder(platform)) : findNativeFolder(platform);
}

let foundFolder: string | null = null;

function findNativeFolder(platform: Platform): string {
  const built = join(platform.root, 'build/Release');
  if (existsSync(join(built, 'nfstream.node'))) return built;
  // A clone, or what was installed from one.
  if (existsSync(join(platform.root, 'binding.gyp'))) {
    throw unusable(`The native addon ${join(built, 'nfstream.node')} has not been built; run: ${buildCommand(platform)}`);
  }
  const usual = `${platform.system}-${platform.processor}`;
  if (!packagedPlatforms.includes(usual)) throw unusable(`There is no package of nfstream for ${usual}, only for Linux on x64 and arm64. ${inContainer}`);
  const own = packageFolder(platform, usual);
  // Which C library it is takes a while to find out, and a package manager has found it out before.
  const name = own !== null || platform.glibc() !== null ? usual : `${usual}-musl`;
  if (!packagedPlatforms.includes(name))
    throw unusable(`nfstream needs glibc on ${platform.processor}, and this Node.js has musl, as on Alpine. ${inContainer}`);
  const { version } = manifest(platform.root);
  const install = `run: npm install @nfstream/${name}@${version}`;
  const folder = own ?? packageFolder(platform, name);
  if (folder === null) {
    const why = 'npm was told to leave optional packages out, or followed a lock file that was made on another platform';
    throw unusable(`The package @nfstream/${name} is not installed: ${why}; ${install}`);
  }
  const its = manifest(folder).version;
  if (its !== version) throw unusable(`The package @nfstream/${name} is of version ${its}, and nfstream of version ${version}; ${install}`);
  return folder;
}

function packageFolder({ root }: Platform, name: string): string | null {
  try {
    return join(createRequire(join(root, 'package.json')).resolve(`@nfstream/${name}/package.json`), '..');
  } catch {
    return null; // the question is whether it is there
  }
}

/**
 * The error for an addon that is there and does not load.
 * @param cause what loading it threw
 */
export function unloadable(path: string, cause: unknown, platform: Platform = thisPlatform): FlowError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (path.startsWith(join(platform.root, 'build/Release'))) {
    return unusable(`The native addon ${path} exists but does not load (${message}); run: ${buildCommand(platform)}`, cause);
  }
  if (/version `GLIBC_[\d.]+' not found/.test(message)) {
    return unusable(`nfstream needs glibc ${oldestGlibc} or later, and this system has ${platform.glibc() ?? 'another C library'}. ${inContainer}`, cause);
  }
  return unusable(
    `The native addon ${path} does not load (${message}). Install it again: npm install --force nfstream@${manifest(platform.root).version}`,
    cause,
  );
}

/** Path of the module that links libndpi: what the variable `NFSTREAM_NDPI` names, else the one beside the addon. */
export function ndpiModule(): string {
  const named = namedNdpiModule();
  return named ?? join(nativeFolder(), 'ndpi_dissector.node');
}

/** Path of the module that the variable `NFSTREAM_NDPI` names; null without it. */
export function namedNdpiModule(): string | null {
  const named = process.env['NFSTREAM_NDPI'] ?? '';
  return named === '' ? null : resolve(named);
}

/** What builds the addon, in a clone as well as where the package was installed from one. */
function buildCommand({ root: path }: Platform): string {
  const quoted = /^[\w./@:-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  return `npm --prefix ${quoted} run build:native`;
}

const inContainer = 'Run it in a container: docker run --rm -v "$PWD:/data" -w /data node:22-slim npx --yes nfstream office.pcap';

function manifest(folder: string): { name?: string; version: string } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string; version: string };
}

function ownVersion(): string {
  const folder = fileURLToPath(root);
  try {
    const { name, version } = manifest(folder);
    if (name === 'nfstream') return version;
  } catch {
    // Then it is not where it was installed either.
  }
  const how = 'leave it outside (esbuild: --external:nfstream; docs/install.md has the line for others)';
  throw unusable(`nfstream was bundled into another program, where it finds neither its native code nor its threads; ${how}`);
}

function unusable(text: string, cause?: unknown): FlowError {
  return new FlowError('ERR_NFSTREAM_NATIVE', text, { cause });
}
