import { basename } from 'node:path';
import { withoutCaptureEnding } from '../capture-name.js';
import { FlowError } from '../errors.js';
import { visible } from '../text/visible-text.js';

const placeholders = /\{(name|file)\}/g;

/** Whether a path stands for an output for each capture. */
export function isPattern(path: unknown): path is string {
  return typeof path === 'string' && path.search(placeholders) >= 0;
}

/** Whether a path has a place for the `id` of each flow, which only files of single flows have. */
export function isFlowPattern(path: string): boolean {
  return path.replace(/%[%{]/g, '').includes('{id}');
}

/**
 * The output of a capture: the pattern with the capture's file name, without its folder, for each `{file}`, and for each `{name}` the same
 * without its `.pcap`, `.pcapng.gz` or the like.
 * @param rotated whether the output is a pattern itself, of rotated files: what the capture's name has of percent signs and braces stays as it is
 */
export function outputFor(pattern: string, capture: string, rotated = false): string {
  const given = capture === '-' ? 'stdin' : basename(capture);
  const file = rotated ? given.replace(/[%{]/g, '%$&') : given;
  const name = withoutCaptureEnding(file);
  return pattern.replace(placeholders, (_, which) => (which === 'file' ? file : name));
}

/** The error for two captures of which both would be written to one output. */
export function sameOutput(output: string, first: string, second: string): FlowError {
  const message = `${visible(output)} would be the output of both ${visible(first)} and ${visible(second)}; name outputs by {file}, which keeps the ending, rename one, or write one output for all.`;
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
