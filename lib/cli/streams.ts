import type { EventEmitter } from 'node:events';
import { visible } from '../text/visible-text.js';

/** An output of the command; a terminal says so, and how wide it is. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** What the command has of the outside. */
export interface Outside {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Where SIGINT, SIGTERM, SIGUSR2 and SIGHUP come from. */
  readonly signals: EventEmitter;
  /** Ends the process at once with an exit code, whatever a stage waits for. */
  quit(code: number): void;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Says something on standard error, in one line whatever it names: what moves the cursor or breaks a line is shown as `\x1b` and `\x0a`. */
export function say({ stderr }: Pick<Outside, 'stderr'>, text: string): void {
  stderr.write(`nfstream: ${visible(text)}\n`);
}

/** Width where a terminal does not tell one. */
const usualWidth = 120;

/** Columns of a terminal: as it says, else as COLUMNS says. */
export function columnsOf(stream: OutputStream, env: Outside['env']): number {
  return stream.columns || Number(env['COLUMNS']) || usualWidth;
}
