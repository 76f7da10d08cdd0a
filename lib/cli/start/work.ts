import { subcommandNames } from '../subcommand-names.js';

/** The work whose code serves where nothing is known. */
export const anyWork = 'run';

/**
 * What a command line is for, as far as it tells which functions are wanted: a command with a name, or a run.
 * @returns null where there is too little to do for its code to be of use later
 */
export function workOf(args: readonly string[]): string | null {
  if (args.every((arg) => arg.startsWith('-'))) return null;
  return (subcommandNames as readonly (string | undefined)[]).includes(args[0]) ? args[0]! : anyWork;
}
