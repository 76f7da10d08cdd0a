import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Native from '../typings/native.js';
import { errorCodes, FlowError, type FlowErrorCode } from './errors.js';
import { nativeFolder, unloadable } from './native-files.js';

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
 * @throws {FlowError} ERR_NFSTREAM_NATIVE, which says what to do about it
 */
export function loadNative(): typeof Native {
  return (loaded ??= load());
}

function load(): typeof Native {
  const path = join(nativeFolder(), 'nfstream.node');
  try {
    return createRequire(import.meta.url)(path) as typeof Native;
  } catch (cause) {
    throw unloadable(path, cause);
  }
}

/** The native addon. It is loaded when something of it is first used, so that help and usage errors need none. */
export const native: typeof Native = new Proxy({} as typeof Native, { get: (_, name) => loadNative()[name as keyof typeof Native] });

/** An error that the addon threw, as the FlowError that its code names; other errors as they are. */
export function asFlowError(error: unknown): Error {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && Object.hasOwn(errorCodes, error.code)) {
    return new FlowError(error.code as FlowErrorCode, error.message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
