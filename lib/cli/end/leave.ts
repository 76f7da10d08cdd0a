import type { Writable } from 'node:stream';
import { removeParts } from '../../files/sink/parts.js';
import { loadNative, missingNative } from '../../native.js';

/** Flags of Node for what it finishes at its own end. */
const finishedByNode = /^--(cpu-prof|heap-prof|prof|perf-|inspect|trace-event|report-|log)/;

/** Listeners of the process's end were told: once is enough, should one of them fail. */
let told = false;

/**
 * Ends the process of a command. Every path of every command ends here: done, damage, wrong use, a signal, a closed pipe. It waits until the readers of standard
 * output and standard error have taken what was written, however slow they are, and then leaves through the addon: Node's own end may never come
 * (nodejs/node#54918). Without the addon, and where something is to be finished at its end (a profile, coverage, a debugger), Node ends as usual.
 * @param code the exit code
 */
export async function leave(code: number): Promise<void> {
  await Promise.all([taken(process.stdout), taken(process.stderr)]);
  await end(code, () => void (process.exitCode = code));
}

/** Ends the process of a command at once, as a second signal asks for: nothing is waited for but that no part of a file is left behind. */
export async function quit(code: number): Promise<void> {
  await end(code, () => process.exit(code));
}

async function end(code: number, asUsual: () => void): Promise<void> {
  await removeParts();
  if (missingNative() !== null || (await nodeFinishes())) return asUsual();
  process.exitCode = code;
  if (!told) {
    told = true;
    process.emit('exit', code);
  }
  loadNative().exitNow(code);
}

/** Resolves when all that was written before has been taken, or can't be any more. */
function taken(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

async function nodeFinishes(): Promise<boolean> {
  const { NODE_V8_COVERAGE: coverage, NODE_OPTIONS: options = '' } = process.env;
  const flags = [...process.execArgv, ...options.split(/\s+/)].map((flag) => flag.replaceAll('_', '-'));
  if ((coverage ?? '') !== '' || flags.some((flag) => finishedByNode.test(flag))) return true;
  return process.features.inspector && (await import('node:inspector')).url() !== undefined;
}
