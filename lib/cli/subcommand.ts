import { Command, Option as Flag, type OptionValues } from 'commander';
import { readFormats, type ReadFormat } from '../formats.js';
import type { FileReadOptions } from '../read/readers.js';
import { parsed } from './command-line.js';
import { readFlagOptions, type Warn } from './flags.js';
import type { Outside } from './streams.js';
import { NoFiles, UsageError } from './usage-error.js';

const flowFormats = 'JSON, JSON Lines, CSV, Arrow or Parquet';

/** What a command may take, and how its help says so. */
const inputs = {
  nothing: null,
  captures: { usage: '<capture...>', text: 'captures; - is standard input', withFlows: false },
  flows: { usage: '<file...>', text: `${flowFormats}, known by the first bytes; - is standard input, but not of Parquet`, withFlows: true },
  'flows, captures': {
    usage: '<file...>',
    text: `${flowFormats}, or captures, known by the first bytes; - is standard input, but not of Parquet`,
    withFlows: true,
  },
  'flows, captures, devices': {
    usage: '<device or file...>',
    text: `network devices, or ${flowFormats}, or captures, known by the first bytes; - is standard input, but not of Parquet`,
    withFlows: true,
  },
} as const;

/** A command with a name, which comes before the names of files of flows. */
export interface Subcommand<Request> {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly does: string;
  readonly takes: keyof typeof inputs;
  /** What stands at the end of its help text. */
  readonly examples: string;
  /** Its flags, besides those that choose and read a format. */
  flags(warn: Warn): readonly Flag[];
  /**
   * What a line asks for.
   * @throws {UsageError} for flags that don't go together
   */
  request(line: SubcommandLine): Request;
  /** @returns the exit code @throws {UsageError} when the request makes no sense with these files and streams */
  perform(request: Request, outside: Outside): Promise<number>;
}

/** A line that commander has understood. */
export interface SubcommandLine {
  readonly program: Command;
  readonly values: OptionValues;
  readonly sources: readonly string[];
  readonly read: FileReadOptions;
  readonly warnings: readonly string[];
}

/** What the line of a subcommand comes to: something to do, or a text to print. */
export type ParsedSubcommand<Request> = { do: 'perform'; request: Request } | { do: 'help'; text: string };

/**
 * Reads the line of a subcommand.
 * @param args what follows its name, @param width columns of the help text
 * @throws {UsageError} one sentence, when it is not understood
 */
export function parseSubcommand<Request>(subcommand: Subcommand<Request>, args: readonly string[], width: number): ParsedSubcommand<Request> {
  const warnings: string[] = [];
  const program = build(subcommand, (text) => warnings.push(text));
  const help = parsed(program, args, width);
  if (help !== null) return { do: 'help', text: help };
  const values = program.opts();
  const sources = subcommand.takes === 'nothing' ? [] : checkedSources(program);
  return { do: 'perform', request: subcommand.request({ program, values, sources, read: readOptions(values), warnings }) };
}

function build({ name, does, takes, examples, flags }: Omit<Subcommand<unknown>, 'request' | 'perform'>, warn: Warn): Command {
  const program = new Command(`nfstream ${name}`).description(does).helpOption('-h, --help', 'Print this text.').addHelpText('after', examples);
  if (takes !== 'nothing') addFiles(program, takes);
  for (const flag of flags(warn)) program.addOption(flag);
  return program;
}

function addFiles(program: Command, takes: Exclude<keyof typeof inputs, 'nothing'>): void {
  const { usage, text, withFlows } = inputs[takes];
  program.argument('[files...]', text).usage(`[options] ${usage}`);
  if (!withFlows) return;
  program.addOption(
    new Flag('--from <format>', 'Read this format, whatever the files begin with; zeek, eve and nfstream are flows of other programs.').choices(readFormats),
  );
}

function checkedSources(program: Command): readonly string[] {
  const sources = program.args;
  if (sources.length === 0) throw new NoFiles(`Usage: ${program.name()} ${program.usage()}\nTry ${program.name()} --help.`);
  if (sources.includes('')) throw new UsageError('A file needs a name, but one is empty.');
  if (sources.filter((path) => path === '-').length > 1) throw new UsageError('Standard input (-) can be read only once.');
  return sources;
}

function readOptions(values: OptionValues): FileReadOptions {
  const given = readFlagOptions.filter((row) => values[row.name] !== undefined).map((row): [string, unknown] => [row.name, values[row.name]]);
  return { ...Object.fromEntries(given), ...(values['from'] !== undefined && { format: values['from'] as ReadFormat }) };
}
