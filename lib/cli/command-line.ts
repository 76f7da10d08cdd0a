import { Command, CommanderError, Option as Flag, type OptionValues } from 'commander';
import { formatOf } from '../encode/by-format.js';
import { FlowError, quoted, shortened } from '../errors.js';
import type { Format } from '../formats.js';
import { zoneNamed } from '../label/zone.js';
import type { OptionStage, RunStage } from '../option-stages.js';
import { flagOf } from '../options.js';
import {
  fieldsFlag,
  flagOptions,
  flagsOf,
  formatsOfFlag,
  isOfFormat,
  packetsFlags,
  titlesOf,
  unknownFlag,
  userFlag,
  type FlagOption,
  type Warn,
} from './flags.js';
import { dashboardFlags, dashboardOf } from './dashboard/flags.js';
import type { DashboardAddress } from './dashboard/server.js';
import { metricsFlag } from './probe/metrics-address.js';
import type { ListenAddress } from './serve/listen-address.js';
import { NoFiles, UsageError } from './usage-error.js';
import { configOf, noOptions, type Config } from './config/config-options.js';

/** What a command line asks for. */
export interface Request {
  /** Captures in the order in which they are read, or network devices; `-` is standard input. */
  readonly sources: readonly string[];
  /** The file to write, or null for standard output. */
  readonly output: string | null;
  /** Files to write besides that one, each in the format of its name. */
  readonly moreOutputs: readonly string[];
  /** The format to write, or null where nothing tells it. */
  readonly format: Format | null;
  /** No summary, no progress, no warnings. */
  readonly quiet: boolean;
  /** Who the process becomes once devices are open; null for nobody else. */
  readonly user: string | null;
  /** Where the packets of flows are written; null for nowhere. */
  readonly packets: string | null;
  /** The pattern of names of files that get those packets, each those of its flow; null for none. */
  readonly splitPackets: string | null;
  /** Where a table of those packets is written; null for nowhere. */
  readonly packetsTable: string | null;
  /** Where counters are served; null for nowhere. */
  readonly metrics: ListenAddress | null;
  /** Where a page of the run is served; null for nowhere. */
  readonly dashboard: DashboardAddress | null;
  /** What is to be said of the command line before the run. */
  readonly warnings: readonly string[];
  /** The options of each stage that were given. */
  readonly options: Readonly<Record<RunStage, Readonly<Record<string, unknown>>>>;
}

/** What parsing a command line comes to: something to do, or a text to print. */
export type Parsed = { do: 'run'; request: Request } | { do: 'version' } | { do: 'list fields' } | { do: 'list interfaces' } | { do: 'help'; text: string };

const examples = `
Examples:
  nfstream office.pcap                          a table of flows on the terminal
  nfstream office.pcap | jq .application_name   one JSON object a line into a pipe
  nfstream office.pcap -o flows.csv             a file; the name tells the format
  nfstream monday.pcap tuesday.pcap.gz -o week.arrow
                                                several captures as one timeline, one after the other
  nfstream eth0.pcap eth1.pcap --merge -o both.csv
                                                several captures as one timeline, by packet time
  nfstream captures/ --per-file -o 'out/{name}.csv'
                                                each capture of a folder by itself
  nfstream eth0 -o 'flows-%H%M.parquet' --rotate-seconds 300
                                                packets of a network device, until Ctrl-C; a file every five minutes
  nfstream eth0 -o 'flows-%H%M.parquet' --rotate-seconds 300 --retry --metrics 127.0.0.1:9464
                                                for weeks: waits for a device that goes away, with counters for Prometheus
  nfstream eth0 -o flows.parquet --dashboard 8080
                                                besides, a page of what comes; its address is printed
  nfstream eth0,eth1 --filter 'not port 22'     two devices as one timeline; --interfaces lists them, any is all
  tcpdump -U -w - | nfstream -                  packets as they come, from standard input
  nfstream --follow eth0.pcap -o flows.csv      a capture that grows, until Ctrl-C; also a folder of rotated ones
  nfstream office.pcap --filter 'tcp port 443' --idle-timeout 60
  nfstream office.pcap --where 'application_name == "DNS" and bidirectional_packets > 10'
                                                only some of the flows
  nfstream office.pcap --metric 'big=count(packet.size > 666)' --metric 'syns=count(packet.syn)'
                                                columns of your own
  nfstream office.pcap -o flows.arrow -o flows.csv
                                                several files in one run
  nfstream convert flows.jsonl -o flows.csv     files of flows in another format; see nfstream convert --help
  nfstream summary office.pcap                  what is in it, on one screen; see nfstream summary --help

A flow is all packets between the same two addresses and ports with the same protocol, in both directions.
It ends when it has been silent for --idle-timeout, when it is --active-timeout old, or with the capture;
none turns a timeout off.

Exit code: 0 done, 1 a capture was damaged or something failed (the good part is still written), 2 wrong usage,
130 or 143 stopped by Ctrl-C or SIGTERM (open flows are written; a second signal quits at once).
SIGUSR2 writes the open flows as they are; SIGHUP begins the next of several files.
`;

const usage = 'Usage: nfstream [options] <capture...>\nTry nfstream --help, or nfstream office.pcap.';

/**
 * Reads a command line.
 * @param args what follows the command's name, @param width columns of the help text
 * @throws {UsageError} one sentence, when it is not understood
 */
export function parseCommandLine(args: readonly string[], width: number): Parsed {
  const warnings: string[] = [];
  const program = build((text) => warnings.push(text));
  const help = parsed(program, args, width);
  if (help !== null) return { do: 'help', text: help };
  const values = program.opts();
  if (values['version'] === true) return { do: 'version' };
  if (values['interfaces'] === true) return { do: 'list interfaces' };
  if (values['listFields'] === true) return { do: 'list fields' };
  const config = values['config'] === undefined ? null : configOf(values['config'] as string, (text) => warnings.push(text));
  if (program.args.length === 0 && (config?.captures ?? null) === null) throw new NoFiles(usage);
  return { do: 'run', request: makeRequest(program, values, config, warnings) };
}

/**
 * Lets commander read a line.
 * @returns the help text, where the line asks for it
 * @throws {UsageError} one sentence, when it is not understood
 */
export function parsed(program: Command, args: readonly string[], width: number): string | null {
  const help: string[] = [];
  program
    .exitOverride()
    .configureOutput({ writeOut: (text) => help.push(text), writeErr: () => {}, getOutHelpWidth: () => width, getOutHasColors: () => false });
  try {
    program.parse(args, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return help.join('');
    throw asUsageError(error);
  }
}

function build(warn: Warn): Command {
  const program = new Command('nfstream')
    .description('Turns packets into bidirectional flows, labelled with their applications by nDPI.')
    .argument('[captures...]', 'pcap or pcapng files, also compressed by gzip or zstd, or directories of them; - is standard input. Or network devices')
    .usage('[options] <capture...>')
    .option('-q, --quiet', 'No summary, no progress bar and no warnings; errors only.')
    .option('-V, --version', 'Print the versions of nfstream, nDPI, libpcap and Node.js.')
    .option('--config <file>', 'Take options, and captures and outputs, from this file in TOML or JSON; flags that are given win. docs/config.md has them.')
    .option('--interfaces', 'Print the network devices that can be captured from: name, state, and addresses.')
    .option('--list-fields', 'Print the table of all columns: name, type, unit, the option that adds it, and what it is.')
    .helpOption('-h, --help', 'Print this text.')
    .optionsGroup('Options:')
    .addHelpText('after', examples);
  program.addOption(
    outputFlag(
      'Write this file; its ending tells the format: .csv, .json, .jsonl, .arrow, .arrows, .parquet. Can be given several times. With --per-file, {name} (or {file}, with its ending) stands for each capture. Default: a table on a terminal, JSON Lines into a pipe.',
    ),
  );
  for (const flag of [...flagsOf('run', warn), userFlag(), fieldsFlag(), metricsFlag(), ...dashboardFlags(), ...packetsFlags()]) program.addOption(flag);
  return program;
}

/** Commander's sentences in our own form. */
function asUsageError(error: CommanderError): UsageError {
  const unknown = /unknown option '([^']*)'(?:\n\(Did you mean (?:one of )?([^?,]+))?/.exec(error.message);
  if (error.code === 'commander.unknownOption' && unknown !== null) return unknownFlag(unknown[1]!.replace(/=.*$/s, ''), unknown[2]);
  const sentence = error.message.replace(/^error: /, '').replace(/\n.*$/s, '');
  return new UsageError(`${sentence[0]!.toUpperCase()}${shortened(sentence.slice(1), 300)}.`);
}

function makeRequest(program: Command, values: OptionValues, config: Config | null, warnings: readonly string[]): Request {
  const sources = program.args.length > 0 ? program.args : config!.captures!;
  if (sources.filter((path) => path === '-').length > 1) throw new UsageError('Standard input (-) can be read only once.');
  if (sources.includes('')) throw new UsageError('A capture needs a name, but one is empty.');
  // An output of another name is in another format.
  const outputsGiven = values['output'] !== undefined ? values : { output: config?.output ?? undefined, format: values['format'] ?? config?.format };
  const { formats, ...outputs } = outputsOf(outputsGiven);
  const options = givenOptions(program, values, formats, config?.options);
  if (outputsGiven.format === undefined) delete options.file['format'];
  if (values['fields'] !== undefined) {
    if (values['features'] !== undefined) throw new UsageError('Give --features or --fields, not both.');
    options.aggregate['features'] = values['fields'];
  }
  checkGroups(options, outputs.output);
  const user = (values['user'] as string | undefined) ?? config?.user ?? null;
  const metrics = (values['metrics'] as ListenAddress | undefined) ?? config?.metrics ?? null;
  const dashboard = dashboardOf(
    (values['dashboard'] as ListenAddress | undefined) ?? config?.dashboard ?? null,
    (values['dashboardHost'] as string[] | undefined) ?? config?.dashboardHosts ?? [],
  );
  return {
    sources,
    ...outputs,
    quiet: values['quiet'] === true || config?.quiet === true,
    user,
    packets: (values['packets'] as string | undefined) ?? null,
    splitPackets: (values['splitPackets'] as string | undefined) ?? null,
    packetsTable: tableOf(values),
    metrics,
    dashboard,
    warnings,
    options,
  };
}

/** `--packets-table`, whose name tells a format. */
function tableOf(values: OptionValues): string | null {
  const path = (values['packetsTable'] as string | undefined) ?? null;
  try {
    if (path !== null) formatFor(path, undefined);
    return path;
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`--packets-table: ${error.message}`) : error;
  }
}

/** The options of each stage that were given, by flags before a configuration; those of a format are for every output of it. */
export function givenOptions(
  program: Command,
  values: OptionValues,
  formats: readonly (Format | null)[],
  config: Config['options'] = noOptions(),
): Record<RunStage, Record<string, unknown>> {
  const options = noOptions();
  for (const stage of Object.keys(options) as RunStage[]) Object.assign(options[stage], config[stage]);
  for (const row of flagOptions) {
    const key = row.flag ?? row.name;
    if (program.getOptionValueSource(key) !== 'cli') continue;
    // More metrics, of which those of flags win.
    const value = row.type === 'metrics' ? { ...(config.aggregate[row.name] as object | undefined), ...(values[key] as object) } : values[key];
    for (const stage of stagesFor(row, formats)) options[stage as RunStage][row.name] = value;
  }
  return options;
}

/** The stages of the outputs' formats that take a flag's option; without a format, what goes into a pipe is JSON. */
function stagesFor(row: FlagOption, formats: readonly (Format | null)[]): readonly OptionStage[] {
  if (!isOfFormat(row)) return [row.stage];
  const stages = row.stages.filter((stage) => formats.some((format) => ((format?.options ?? ['json']) as readonly string[]).includes(stage)));
  if (stages.length > 0) return stages;
  const [first] = formatsOfFlag(row);
  throw new UsageError(`${flagOf(row.name)} is for ${titlesOf(row)}; add --format ${first!.name} or an output that ends with ${first!.extensions[0]!}.`);
}

/** Where to write, by `-o` and `--format`. */
export function outputsOf(values: OptionValues): Pick<Request, 'output' | 'moreOutputs' | 'format'> & { formats: readonly (Format | null)[] } {
  const [first, ...moreOutputs] = (values['output'] as string[] | undefined) ?? ['-'];
  const output = first === '-' ? null : first!;
  if (moreOutputs.length > 0 && values['format'] !== undefined) throw new UsageError('--format is for one output; of several, each name tells its format.');
  if (moreOutputs.includes('-') || (moreOutputs.length > 0 && output === null))
    throw new UsageError('Standard output (-) cannot be one of several outputs; use tee or a FIFO.');
  const format = formatFor(output, values['format']);
  return { output, moreOutputs, format, formats: [format, ...moreOutputs.map((path) => formatFor(path, undefined))] };
}

/** `-o`, which may be given several times. */
export function outputFlag(meaning: string): Flag {
  return new Flag('-o, --output <file>', meaning).helpGroup('Writing:').argParser((path, before: string[] | undefined) => [...(before ?? []), path]);
}

/**
 * Checks what belongs together, and what needs names of files.
 * @throws {UsageError}
 */
export function checkGroups({ label, predict, anonymize, file, rotate }: Request['options'], output: string | null): void {
  const [scoring] = flagOptions.filter(({ stage, name }) => stage === 'predict' && name in predict);
  if (scoring !== undefined && !('model' in predict)) throw new UsageError(`${flagOf(scoring.flag!)} is for a model; say with --predict which one.`);
  if (scoring !== undefined && !('inputs' in predict))
    throw new UsageError('--predict needs the columns that the model takes; give them with --predict-inputs.');
  const [labelling] = flagOptions.filter(({ stage, name }) => stage === 'label' && name in label);
  if (labelling !== undefined && !('rules' in label)) throw new UsageError(`${flagOf(labelling.flag!)} is for rules; say with --truth which file has them.`);
  if ('zone' in label && zoneNamed(label['zone'] as string) === null)
    throw new UsageError(`--truth-zone takes an offset such as -03:00, or a name such as Europe/Berlin, not ${quoted(label['zone'] as string)}.`);
  if (!('columns' in anonymize) && Object.keys(anonymize).length > 0) throw new UsageError('Say with --anonymize which columns are to be anonymised.');
  if ('keep' in rotate && Object.keys(rotate).length === 1)
    throw new UsageError('--rotate-keep needs a limit that ends files: add --rotate-flows, --rotate-bytes or --rotate-seconds.');
  if (output !== null) return;
  if ('partitionBy' in file) throw new UsageError('--partition-by needs a folder; give it with -o.');
  if (Object.keys(rotate).length > 0) throw new UsageError('Rotated files need names; give a pattern with -o, such as -o flows-{n}.csv.');
}

function formatFor(output: string | null, asked: unknown): Format | null {
  if (output === null && asked === undefined) return null;
  try {
    return formatOf(output ?? '', asked);
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    throw new UsageError(error.message.replace('the option format', '--format'));
  }
}
