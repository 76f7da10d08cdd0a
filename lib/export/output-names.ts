import { basename } from 'node:path';
import { FlowError } from '../errors.js';

const placeholder = '{name}';

/** Whether a path stands for an output for each capture. */
export function isPattern(path: unknown): path is string {
  return typeof path === 'string' && path.includes(placeholder);
}

/** The output of a capture: the pattern with the capture's name, without its folder and `.pcap`, `.pcapng.gz` or the like, for each `{name}`. */
export function outputFor(pattern: string, capture: string): string {
  return pattern.replaceAll(placeholder, () => nameOf(capture));
}

function nameOf(capture: string): string {
  if (capture === '-') return 'stdin';
  const file = basename(capture);
  return file.replace(/(?<=.)\.(pcap|pcapng|cap)(\.(gz|zst))?$/i, '');
}

/** The error for two captures of which both would be written to one output. */
export function sameOutput(output: string, first: string, second: string): FlowError {
  const message = `${output} would be the output of both ${first} and ${second}; rename one, or write one output for all: its column source_file tells them apart.`;
  return new FlowError('ERR_NFSTREAM_OUTPUT_NAMES', message, { file: second });
}

/**
 * Checks that each capture has an output of its own, before anything is written.
 * @returns the outputs
 * @throws {FlowError} ERR_NFSTREAM_OUTPUT_NAMES
 */
export function outputsFor(pattern: string, captures: readonly string[]): string[] {
  const captureOf = new Map<string, string>();
  for (const capture of captures) {
    const output = outputFor(pattern, capture);
    const other = captureOf.get(output);
    if (other !== undefined) throw sameOutput(output, other, capture);
    captureOf.set(output, capture);
  }
  return [...captureOf.keys()];
}
