import type { FlowErrorCode } from '../errors.js';

/** The command was called in a way that it does not understand: one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** The command was called without the files that it is about: its usage, in lines of their own. */
export class NoFiles extends UsageError {}

/** Codes of mistakes in how the command, or the library behind it, was called. */
const usageCodes: readonly (FlowErrorCode | UsageError['code'])[] = [
  'USAGE',
  'ERR_NFSTREAM_OPTION_UNKNOWN',
  'ERR_NFSTREAM_OPTION_TYPE',
  'ERR_NFSTREAM_OPTION_RANGE',
  'ERR_NFSTREAM_FILTER',
  'ERR_NFSTREAM_COLUMN',
  'ERR_NFSTREAM_EXPRESSION',
  'ERR_NFSTREAM_ANONYMIZE',
  'ERR_NFSTREAM_OUTPUT_FORMAT',
  'ERR_NFSTREAM_OUTPUT_NAMES',
  'ERR_NFSTREAM_OUTPUT_IS_INPUT',
];

/** Whether an error is a mistake in how the command was called, not something that went wrong. */
export function isUsageError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (usageCodes as readonly unknown[]).includes(error.code);
}
