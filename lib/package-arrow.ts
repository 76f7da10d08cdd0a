import { createRequire } from 'node:module';
import type * as Arrow from 'apache-arrow';

/** Loads the package apache-arrow as programs have it, so that what they get is of the classes that they know. */
export function packageArrow(): typeof Arrow {
  return createRequire(import.meta.url)('apache-arrow') as typeof Arrow;
}
