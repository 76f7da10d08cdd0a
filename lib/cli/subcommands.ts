import { Command, CommanderError, Option as Flag, type OptionValues } from 'commander';
import { formats, type ReadFormat } from '../formats.js';
import { quoted } from '../errors.js';
import type { FileReadOptions } from '../read/readers.js';
import { asUsageError, checkGroups, givenOptions, outputFlag, outputsOf, type Request } from './command-line.js';
import { flagOptions, flagsFor, formatStages, readFlagOptions, type Warn } from './flags.js';
import type { WritingOptions } from './outputs.js';
import { NoFiles, UsageError } from './usage-error.js';

/** What `nfstream convert` is asked for. */
export interface ConvertRequest extends Pick<Request, 'sources' | 'output' | 'moreOutputs' | 'format' | 'quiet' | 'warnings'> {
  readonly read: FileReadOptions;
  readonly options: WritingOptions;
}

/** What `nfstream summary` is asked for. */
export interface SummaryRequest extends Pick<Request, 'sources'> {
  readonly read: FileReadOptions;
  /** The condition for flows, or null for all of them. */
  readonly where: string | null;
  /** Lines of each table. */
  readonly top: number;
}

/** What the line of a command of its own comes to. */
export type ParsedSubcommand = { do: 'convert'; request: ConvertRequest } | { do: 'summary'; request: SummaryRequest } | { do: 'help'; text: string };

/** The commands that come before the names of files. A capture of such a name is given as `./convert`. */
export const subcommands = ['convert', 'summary'] as const;

const convertExamples = `
Examples:
  nfstream convert flows.jsonl -o flows.arrow     the name of the output tells its format
  nfstream convert monday.csv tuesday.csv -o week.json
                                                  several files with the same columns
  nfstream convert .flows.csv.123-0.part -o saved.csv
                                                  what a run that was killed had written, up to its last whole row
  nfstream convert flows.parquet -o flows.csv
  nfstream convert - --format csv < flows.arrows  from standard input to standard output

Exit code: 0 done, 1 a file was cut off or damaged (what is in front of that is written), or something failed, 2 wrong usage.
`;

const summaryExamples = `
Examples:
  nfstream summary flows.csv
  nfstream summary office.pcap --top 20
  nfstream summary flows.csv --where 'protocol == 17'
  nfstream office.pcap | nfstream summary -
`;

/**
 * Reads the line of one of the subcommands.
 * @param name its name, @param args what follows it, @param width columns of the help text
 * @throws {UsageError} one sentence, when it is not understood
 */
export function parseSubcommand(name: (typeof subcommands)[number], args: readonly string[], width: number): ParsedSubcommand {
  const help: string[] = [];
  const warnings: string[] = [];
  const warn: Warn = (text) => warnings.push(text);
  const program = name === 'convert' ? convertCommand(warn) : summaryCommand(warn);
  program
    .exitOverride()
    .configureOutput({ writeOut: (text) => help.push(text), writeErr: () => {}, getOutHelpWidth: () => width, getOutHasColors: () => false });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { do: 'help', text: help.join('') };
    throw asUsageError(error);
  }
  const sources = checkedSources(program);
  const values = program.opts();
  if (name === 'summary')
    return {
      do: 'summary',
      request: { sources, read: readOptions(values), where: (values['where'] as string | undefined) ?? null, top: values['top'] as number },
    };
  return { do: 'convert', request: convertRequest(program, sources, values, warnings) };
}

function convertCommand(warn: Warn): Command {
  const program = base('convert', 'Writes files of flows in another format.', convertExamples, warn).option(
    '-q, --quiet',
    'No summary and no progress bar; errors only.',
  );
  program.addOption(outputFlag('Write this file; its ending tells the format. Can be given several times. Default: JSON Lines to standard output.'));
  for (const stage of ['file', 'rotate', 'where', 'predict', 'anonymize', ...formatStages] as const)
    for (const row of flagOptions.filter((candidate) => candidate.stage === stage)) for (const flag of flagsFor(row, warn)) program.addOption(flag);
  return program;
}

function summaryCommand(warn: Warn): Command {
  const top = new Flag('--top <number>', 'Lines of each table.').default(10).argParser((text) => {
    if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--top takes a whole number from 1 to 9999, not ${quoted(text)}.`);
    return Number(text);
  });
  const program = base(
    'summary',
    'Tells what is in files of flows, or in captures: totals, applications, talkers, protocols, durations and sizes.',
    summaryExamples,
    warn,
  ).addOption(top);
  for (const row of flagOptions.filter(({ stage }) => stage === 'where')) for (const flag of flagsFor(row, warn)) program.addOption(flag);
  return program;
}

function base(name: string, description: string, examples: string, warn: Warn): Command {
  const program = new Command(`nfstream ${name}`)
    .description(description)
    .argument(
      '[files...]',
      `JSON, JSON Lines, CSV, Arrow or Parquet${name === 'summary' ? ', or captures' : ''}, known by the first bytes; - is standard input, but not of Parquet`,
    )
    .usage('[options] <file...>')
    .helpOption('-h, --help', 'Print this text.')
    .addHelpText('after', examples);
  program.addOption(
    new Flag('--from <format>', 'Read this format, whatever the files begin with.').choices([...new Set(formats.map((format) => format.reads))]),
  );
  for (const row of readFlagOptions) for (const flag of flagsFor(row, warn)) program.addOption(flag);
  return program;
}

function checkedSources(program: Command): readonly string[] {
  const sources = program.args;
  if (sources.length === 0) throw new NoFiles(`Usage: ${program.name()} [options] <file...>\nTry ${program.name()} --help.`);
  if (sources.includes('')) throw new UsageError('A file needs a name, but one is empty.');
  if (sources.filter((path) => path === '-').length > 1) throw new UsageError('Standard input (-) can be read only once.');
  return sources;
}

function readOptions(values: OptionValues): FileReadOptions {
  const given = readFlagOptions.filter((row) => values[row.name] !== undefined).map((row): [string, unknown] => [row.name, values[row.name]]);
  return { ...Object.fromEntries(given), ...(values['from'] !== undefined && { format: values['from'] as ReadFormat }) };
}

function convertRequest(program: Command, sources: readonly string[], values: OptionValues, warnings: readonly string[]): ConvertRequest {
  const { formats, ...outputs } = outputsOf(values);
  const options = givenOptions(program, values, formats);
  checkGroups(options, outputs.output);
  return { sources, ...outputs, quiet: values['quiet'] === true, warnings, read: readOptions(values), options };
}
