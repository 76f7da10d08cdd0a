import { spawnSync } from 'node:child_process';

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Variables besides those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly quiet?: boolean;
}

/**
 * Runs a program, whose output is shown, or with `quiet` only when it fails.
 * @returns what it wrote, if quiet
 * @throws {Error} when it fails
 */
export function run(program: string, parameters: readonly string[], { cwd, env = {}, quiet = false }: RunOptions = {}): string {
  const done = spawnSync(program, parameters, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
    stdio: quiet ? 'pipe' : 'inherit',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (done.error) throw new Error(`${program} could not be run: ${done.error.message}`);
  if (done.status !== 0)
    throw new Error(`${[program, ...parameters].join(' ')} ended with ${done.status ?? done.signal}.\n${done.stdout ?? ''}${done.stderr ?? ''}`);
  return done.stdout ?? '';
}
