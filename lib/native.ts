import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as Native from '../typings/native.js';
import { root } from './root.js';
import { errorCodes, FlowError, type FlowErrorCode } from './errors.js';

const folder = new URL('build/Release/', root);

let loaded: typeof Native | null = null;

/** Why the addon can't be loaded; null when it can. */
export function missingNative(): FlowError | null {
  try {
    loadNative();
    return null;
  } catch (error) {
    if (error instanceof FlowError) return error;
    throw error;
  }
}

/**
 * Loads the native addon, once.
 * @throws {FlowError} ERR_NFSTREAM_NATIVE, which says what to run
 */
export function loadNative(): typeof Native {
  return (loaded ??= load());
}

function load(): typeof Native {
  const path = fileURLToPath(new URL('nfstream.node', folder));
  try {
    return createRequire(import.meta.url)(path) as typeof Native;
  } catch (cause) {
    const why = existsSync(path) ? `exists but does not load (${(cause as Error).message})` : 'has not been built';
    throw new FlowError('ERR_NFSTREAM_NATIVE', `The native addon ${path} ${why}; run: ${buildCommand()}`, { cause });
  }
}

/** What builds the addon, in a clone as well as where the package was installed. */
function buildCommand(): string {
  const path = fileURLToPath(root).replace(/(?<=.)\/$/, '');
  const quoted = /^[\w./@:-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  return `npm --prefix ${quoted} run build:native`;
}

/** The native addon. It is loaded when something of it is first used, so that help and usage errors need none. */
export const native: typeof Native = new Proxy({} as typeof Native, { get: (_, name) => loadNative()[name as keyof typeof Native] });

/** Path of the module that links libndpi. */
export const ndpiModule = fileURLToPath(new URL('ndpi_dissector.node', folder));

/** An error that the addon threw, as the FlowError that its code names; other errors as they are. */
export function asFlowError(error: unknown): Error {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && Object.hasOwn(errorCodes, error.code)) {
    return new FlowError(error.code as FlowErrorCode, error.message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
