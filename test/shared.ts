import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Captures of other people, which are no part of the tree: in a folder beside it, or where the environment variable NFSTREAM_CAPTURES says. */
export const sharedCaptures = process.env['NFSTREAM_CAPTURES'] ?? fileURLToPath(new URL('../../shared/captures', import.meta.url));

/** Those of these captures that are there; says which are not. */
export function sharedFiles(names: readonly string[]): string[] {
  const files = names.map((name) => join(sharedCaptures, name));
  const missing = names.filter((_, index) => !existsSync(files[index]!));
  if (missing.length > 0) console.log(`      (left out: ${missing.join(', ')}, not in ${sharedCaptures}; set NFSTREAM_CAPTURES to a folder of captures)`);
  return files.filter((file) => existsSync(file));
}
