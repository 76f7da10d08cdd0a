import { createRequire } from 'node:module';
import { FlowError, shortened } from './errors.js';

const { resolve, load } = ((require) => ({ resolve: (name: string) => require.resolve(name), load: (path: string) => require(path) as unknown }))(
  createRequire(import.meta.url),
);

/** A package that is not installed with this one. */
export interface Peer {
  /** What needs it. */
  readonly user: string;
  readonly name: string;
  /** How npm is asked for it. */
  readonly install: string;
}

/**
 * Finds a package that users install when they want what it does; it is loaded by what comes back.
 * @returns where the package is, and what loads it or another one that it brings
 * @throws {FlowError} ERR_NFSTREAM_PEER when it is not installed; and `load`, when it can't be loaded
 */
export function findPeer({ user, name, install }: Peer): { readonly load: (other?: string) => unknown } {
  let path: string;
  try {
    path = resolve(name);
  } catch (cause) {
    throw new FlowError('ERR_NFSTREAM_PEER', `${user} needs the package ${name}, which is not installed; run: ${install} ${name}`, { cause });
  }
  return {
    load: (other) => {
      try {
        return other === undefined ? load(path) : (createRequire(path)(other) as unknown);
      } catch (cause) {
        const why = shortened(cause instanceof Error ? cause.message : String(cause), 200);
        throw new FlowError('ERR_NFSTREAM_PEER', `The package ${name} is installed, but could not be loaded: ${why}. Install it again: ${install} ${name}`, {
          cause,
        });
      }
    },
  };
}
