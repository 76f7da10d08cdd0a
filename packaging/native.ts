// Builds what is native for a target, with zig as the compiler: it brings its own C++ library, and the headers of every glibc.
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { libraries } from './libraries.js';
import { run } from './run.js';
import type { Target } from './targets.js';

/** The clone, and where what is made on the way stands. */
export interface Folders {
  readonly root: string;
  readonly work: string;
}

/** The folder of addon and module, that of the libraries, and where zig is. */
export interface Built {
  readonly objects: string;
  readonly prefix: string;
  readonly zig: string;
}

/** Builds what is native for a target: all of it, or what has changed since. */
export function buildTarget(target: Target, { root, work }: Folders): Built {
  const zig = bringZig(root, work);
  const env = compilers(zig, target, { root, folder: join(work, target.name) });
  const prefix = join(work, target.name, 'libraries');
  const script = join(root, 'packaging/build-libraries.sh');
  // What the libraries are made of; when that changes, they are made again.
  const recipe = createHash('sha256');
  for (const part of [readFileSync(script), JSON.stringify(libraries), JSON.stringify(target), readFileSync(env.CC)]) recipe.update(part);
  const made = join(prefix, 'recipe');
  const digest = recipe.digest('hex');
  if (!existsSync(made) || readFileSync(made, 'utf8') !== digest) {
    run(script, [join(work, 'sources'), join(work, target.name, 'work'), prefix, target.host], { env });
    writeFileSync(made, digest);
  }
  const objects = join(work, target.name, 'objects');
  const headers = (createRequire(join(root, 'package.json'))('node-api-headers') as { include_dir: string }).include_dir;
  const settings = [`BUILD=${objects}`, `PREFIX=${prefix}`, `NODE_HEADERS=${headers}`, `CXX=${env.CXX}`];
  run('make', ['--silent', `--jobs=${availableParallelism()}`, '-C', join(root, 'packaging'), ...settings], { env });
  return { objects, prefix, zig };
}

function bringZig(root: string, work: string): string {
  const venv = join(work, 'zig');
  const wanted = readFileSync(join(root, 'packaging/requirements.txt'), 'utf8');
  const mark = join(venv, 'requirements.txt');
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    rmSync(venv, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    run('python3', ['-m', 'venv', venv]);
    run(join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', join(root, 'packaging/requirements.txt')]);
    writeFileSync(mark, wanted);
  }
  const python = readdirSync(join(venv, 'lib')).find((name) => name.startsWith('python'))!;
  return join(venv, 'lib', python, 'site-packages/ziglang');
}

type Compilers = Record<'CC' | 'CXX' | 'AR' | 'RANLIB' | 'ZIG_GLOBAL_CACHE_DIR' | 'ZIG_LOCAL_CACHE_DIR', string>;

// Programs of one name, as configure scripts want them. No path of this machine is in what they make, and none of the checks that zig adds where nothing is optimised.
function compilers(zig: string, target: Target, { root, folder }: { root: string; folder: string }): Compilers {
  const flags = `-target ${target.triple} -fno-sanitize=undefined -ffile-prefix-map=${zig}=zig -ffile-prefix-map=${root}=`;
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const program = (name: string, call: string): string => {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\nexec '${join(zig, 'zig')}' ${call} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  };
  return {
    CC: program('cc', `cc ${flags}`),
    CXX: program('c++', `c++ ${flags}`),
    AR: program('ar', 'ar'),
    RANLIB: program('ranlib', 'ranlib'),
    ZIG_GLOBAL_CACHE_DIR: join(folder, '../cache'),
    ZIG_LOCAL_CACHE_DIR: join(folder, '../cache'),
  };
}

/** Copies addon, module and the libraries that are files of their own into a folder. */
export function copyBuilt({ objects, prefix }: Built, folder: string): void {
  for (const name of ['nfstream.node', 'ndpi_dissector.node']) cpSync(join(objects, name), join(folder, name));
  for (const { file } of libraries) if (file !== undefined) cpSync(join(prefix, 'lib', file), join(folder, file));
}
