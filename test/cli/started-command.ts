import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { command } from '../../lib/cli/command.js';

/** The command in this process, as on a terminal whose output nobody reads: its exit code, what it has told so far, and where it hears signals. */
export function startCommand(args: readonly string[]): { code: Promise<number>; stderr: () => string; signals: EventEmitter } {
  let stderr = '';
  const told = new PassThrough();
  told.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const signals = new EventEmitter();
  const code = command(args, { stdin: { isTTY: true }, stdout: new PassThrough().resume(), stderr: told, signals, quit: () => {}, env: {} });
  return { code, stderr: () => stderr, signals };
}
