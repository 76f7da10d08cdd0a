import { FlowError, type FlowErrorCode } from '../errors.js';

/** The command was called in a way that it does not understand: one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Codes of the library for mistakes in how it was called. */
const usageCodes: readonly FlowErrorCode[] = [
  'ERR_NFSTREAM_OPTION_UNKNOWN',
  'ERR_NFSTREAM_OPTION_TYPE',
  'ERR_NFSTREAM_OPTION_RANGE',
  'ERR_NFSTREAM_FILTER',
  'ERR_NFSTREAM_OUTPUT_FORMAT',
];

/** Whether an error is a mistake in how the command was called, not something that went wrong. */
export function isUsageError(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof FlowError && usageCodes.includes(error.code));
}
