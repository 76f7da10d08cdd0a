import { spawnSync } from 'node:child_process';

/**
 * Runs a program, whose output is shown, or with `quiet` only when it fails.
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 * @returns what it wrote, if quiet
 */
export function run(program, parameters, { cwd, env = {}, quiet = false } = {}) {
  const done = spawnSync(program, parameters, { cwd, env: { ...process.env, ...env }, stdio: quiet ? 'pipe' : 'inherit', encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.error) throw new Error(`${program} could not be run: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${[program, ...parameters].join(' ')} ended with ${done.status ?? done.signal}.\n${done.stdout ?? ''}${done.stderr ?? ''}`);
  return done.stdout ?? '';
}
