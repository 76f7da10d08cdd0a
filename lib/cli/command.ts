import { missingNative } from '../native.js';
import { parseCommandLine, type Parsed } from './command-line.js';
import { parseSubcommand, type Subcommand } from './subcommand.js';
import { subcommands } from './subcommands.js';
import { columnsOf, say, type Outside } from './streams.js';
import { isUsageError, NoFiles } from './usage-error.js';

const widestHelp = 120;

/**
 * The command `nfstream`.
 * @param args what follows the command's name
 * @returns the exit code: 0 done, 1 a capture was damaged or something failed, 2 wrong usage, 130 or 143 after SIGINT or SIGTERM
 */
export async function command(args: readonly string[], outside: Outside): Promise<number> {
  try {
    const width = Math.min(columnsOf(outside.stdout, outside.env), widestHelp);
    if (Object.hasOwn(subcommands, args[0] ?? '')) return await performSubcommand(await subcommands[args[0]!]!(), args.slice(1), width, outside);
    return await perform(parseCommandLine(args, width), outside);
  } catch (error) {
    if (error instanceof NoFiles) {
      outside.stderr.write(`${error.message}\n`);
      return 2;
    }
    say(outside, error instanceof Error ? error.message : String(error));
    if (!isUsageError(error)) return 1;
    outside.stderr.write('Try nfstream --help.\n');
    return 2;
  }
}

/** Prints what needs no addon; where there is none, what to do about it. */
function print(text: string, outside: Outside): number {
  outside.stdout.write(text);
  const missing = missingNative();
  if (missing !== null) say(outside, missing.message);
  return 0;
}

async function perform(parsed: Parsed, outside: Outside): Promise<number> {
  switch (parsed.do) {
    case 'help':
      return print(parsed.text, outside);
    case 'version': {
      const { versionText } = await import('./native/version.js');
      return print(versionText(), outside);
    }
    case 'list fields': {
      const { listFields } = await import('./list-fields.js');
      return print(listFields(), outside);
    }
    case 'list interfaces': {
      const { listInterfaces } = await import('./live/list-interfaces.js');
      outside.stdout.write(listInterfaces());
      return 0;
    }
    case 'run': {
      const { run } = await import('./run.js');
      return run(parsed.request, outside);
    }
  }
}

async function performSubcommand<Request>(subcommand: Subcommand<Request>, args: readonly string[], width: number, outside: Outside): Promise<number> {
  const parsed = parseSubcommand(subcommand, args, width);
  return parsed.do === 'help' ? print(parsed.text, outside) : subcommand.perform(parsed.request, outside);
}
