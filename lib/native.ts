import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as Native from '../typings/native.js';
import { errorCodes, FlowError, type FlowErrorCode } from './errors.js';

const folder = new URL('../build/Release/', import.meta.url);

function load(): typeof Native {
  const path = fileURLToPath(new URL('nfstream.node', folder));
  try {
    return createRequire(import.meta.url)(path) as typeof Native;
  } catch (cause) {
    const why = existsSync(path) ? `It exists but does not load: ${(cause as Error).message}` : 'It has not been built.';
    throw new FlowError('ERR_NFSTREAM_NATIVE', `The native addon could not be loaded from ${path}. ${why} In a clone, run: npm run build.`, { cause });
  }
}

/** The native addon. */
export const native: typeof Native = load();

/** Path of the module that links libndpi. */
export const ndpiModule = fileURLToPath(new URL('ndpi_dissector.node', folder));

/** An error that the addon threw, as the FlowError that its code names; other errors as they are. */
export function asFlowError(error: unknown): Error {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && Object.hasOwn(errorCodes, error.code)) {
    return new FlowError(error.code as FlowErrorCode, error.message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
