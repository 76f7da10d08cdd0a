import { createRequire } from 'node:module';
import type * as Arrow from 'apache-arrow';

let loaded: typeof Arrow | undefined;

/** Loads apache-arrow on first use: it takes longer than all the rest of the library together. */
export function loadArrow(): typeof Arrow {
  loaded ??= createRequire(import.meta.url)('apache-arrow') as typeof Arrow;
  return loaded;
}
