import { createRequire } from 'node:module';
import type * as Arrow from 'apache-arrow';
import type * as OwnArrow from './own-arrow.js';
import { moduleEnding, modules } from './root.js';

let loaded: typeof OwnArrow | undefined;

/** Loads apache-arrow as the library itself uses it, on first use: even as one file it takes as long as a third of the library. */
export function loadArrow(): typeof OwnArrow {
  loaded ??= load();
  return loaded;
}

function load(): typeof OwnArrow {
  const require = createRequire(modules);
  if (moduleEnding === '.js') return require('./own-arrow.cjs') as typeof OwnArrow;
  return { ...(require('apache-arrow') as typeof Arrow), ...(require('apache-arrow/ipc/metadata/file') as Pick<typeof OwnArrow, 'Footer'>) };
}
