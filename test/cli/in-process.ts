import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { command } from '../../lib/cli/command.js';

/** What a command has said. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process, its outputs being pipes. */
export async function nfstream(...args: string[]): Promise<Said> {
  const outputs = { stdout: '', stderr: '' };
  const output = (name: keyof typeof outputs): PassThrough => new PassThrough().on('data', (chunk: Buffer) => (outputs[name] += chunk.toString()));
  const code = await command(args, {
    stdin: { isTTY: true },
    stdout: output('stdout'),
    stderr: output('stderr'),
    signals: new EventEmitter(),
    quit: () => {},
    env: {},
  });
  return { code, ...outputs };
}
