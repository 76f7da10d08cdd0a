import { parseCommandLine, type Parsed } from './command-line.js';
import { parseSubcommand, subcommands, type ParsedSubcommand } from './subcommands.js';
import { columnsOf, type Outside } from './streams.js';
import { isUsageError } from './usage-error.js';

const widestHelp = 120;

/**
 * The command `nfstream`.
 * @param args what follows the command's name
 * @returns the exit code: 0 done, 1 a capture was damaged or something failed, 2 wrong usage, 130 or 143 after SIGINT or SIGTERM
 */
export async function command(args: readonly string[], outside: Outside): Promise<number> {
  try {
    const width = Math.min(columnsOf(outside.stdout, outside.env), widestHelp);
    const subcommand = subcommands.find((name) => name === args[0]);
    if (subcommand !== undefined) return await performSubcommand(parseSubcommand(subcommand, args.slice(1), width), outside);
    return await perform(parseCommandLine(args, width), outside);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith('Usage:')) outside.stderr.write(`${message}\n`);
    else outside.stderr.write(`nfstream: ${message}\n${isUsageError(error) ? 'Try nfstream --help.\n' : ''}`);
    return isUsageError(error) ? 2 : 1;
  }
}

async function perform(parsed: Parsed, outside: Outside): Promise<number> {
  switch (parsed.do) {
    case 'help':
      outside.stdout.write(parsed.text);
      return 0;
    case 'version': {
      // Loaded only here and below: help and usage errors need no native addon.
      const { versionText } = await import('./version.js');
      outside.stdout.write(versionText());
      return 0;
    }
    case 'list fields': {
      const { listFields } = await import('./list-fields.js');
      outside.stdout.write(listFields());
      return 0;
    }
    case 'run': {
      const { run } = await import('./run.js');
      return run(parsed.request, outside);
    }
  }
}

async function performSubcommand(parsed: ParsedSubcommand, outside: Outside): Promise<number> {
  switch (parsed.do) {
    case 'help':
      outside.stdout.write(parsed.text);
      return 0;
    case 'convert': {
      const { convert } = await import('./convert.js');
      return convert(parsed.request, outside);
    }
    case 'summary': {
      const { summarize } = await import('./overview-command.js');
      return summarize(parsed.request, outside);
    }
  }
}
