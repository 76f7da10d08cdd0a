// Makes a tarball of a folder as npm publishes it. npm writes no times, owners and groups; what is left are modes, which depend on the user's mask.
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.js';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
}

/** Packs a folder, into the folder `out`. */
export function tarball(folder: string, out: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    const stat = lstatSync(path);
    chmodSync(path, stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
  const packed = (JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], { cwd: folder, quiet: true })) as Packed[])[0]!;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`  ${packed.filename}: ${megabytes(packed.size)}, ${megabytes(packed.unpackedSize)} installed`);
}
