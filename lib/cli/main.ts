import { availableParallelism } from 'node:os';
import { command } from './command.js';
import { leave, quit } from './end/leave.js';
import { say, type Outside } from './streams.js';

/** Threads of a pool in Node.js. */
const usualPool = 4;
// No more threads in the pool than cores: where they are few, its tasks take turns with each other and with nDPI's thread, and one of these waits for the rest.
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.min(usualPool, Math.max(2, availableParallelism())));
// The library's warnings are for programs: the command tells the same in its own words.
process.removeAllListeners('warning');
// A reader that goes away is seen where it is written to; these are for writes after that.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  say(process, 'Something went wrong that should not; please report it with what follows:');
  for (const line of String(error instanceof Error ? error.stack : error).split('\n')) say(process, line);
  void leave(1);
});
// Should nothing be left to wait for before the command has ended, it has failed.
process.exitCode = 1;

const outside: Outside = {
  // Made when it is asked for: most runs have no use for it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signals: process,
  quit: (code) => void quit(code),
};
void command(process.argv.slice(2), outside).then(leave);
