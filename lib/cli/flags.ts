import { Option as Flag, type Command, type OptionValues } from 'commander';
import { formatsOf, type Format } from '../formats.js';
import { quoted, shortened, shownPath, FlowError } from '../errors.js';
import { isFlowPattern } from '../files/output-names.js';
import { optionStages, stagesOf, type FlagCommand, type OptionStage } from '../option-stages.js';
import { checkOption, flagOf, options, readableTypes, type Option } from '../options.js';
import { readKeyFile } from './key-file.js';
import { UsageError } from './usage-error.js';

/** Names for what can't be typed on a command line. */
const spelling = new Map([
  ['\n', 'lf'],
  ['\r\n', 'crlf'],
]);

/** An option that the command has a flag for. Options of several formats that have one name share a flag with the choices of all. */
export interface FlagOption extends Option {
  readonly stages: readonly OptionStage[];
  /** The option as each of these stages has it. */
  readonly rows: readonly Option[];
}

/** The options of the library that the command has flags for; `--format` is that of the file, which covers those of its formats. */
export const flagOptions: readonly FlagOption[] = mergeByName(
  (options as readonly Option[]).filter(
    (row) => row.type !== 'group' && stagesOf('run').includes(row.stage) && (row.name !== 'format' || row.stage === 'file'),
  ),
);

/** The options that `nfstream convert` and `nfstream summary` have flags for; `--delimiter` is that of the CSV that is written, `--from` the format that is read. */
export const readFlagOptions: readonly FlagOption[] = mergeByName(
  (options as readonly Option[]).filter((row) => row.stage.startsWith('read') && row.name !== 'delimiter' && row.name !== 'format'),
);

/** The options that one subcommand alone has flags for: of reports, and of stitching. */
export const ownFlagOptions: readonly FlagOption[] = mergeByName(
  (options as readonly Option[]).filter((row) => row.stage === 'page' || row.stage === 'stitch'),
);

/** What a line says of the options that a subcommand alone has. */
export function ownOptions(program: Command, values: OptionValues): Record<string, unknown> {
  const given = ownFlagOptions.filter((row) => program.getOptionValueSource(row.flag ?? row.name) === 'cli');
  return Object.fromEntries(given.map((row) => [row.name, values[row.flag ?? row.name] as unknown]));
}

function mergeByName(rows: readonly Option[]): FlagOption[] {
  const merged = new Map<string, FlagOption>();
  for (const row of rows) {
    const known = merged.get(row.flag ?? row.name);
    const meaning = known === undefined || known.meaning === row.meaning ? row.meaning : `${known.meaning} ${row.meaning}`;
    const choices = row.choices && { choices: [...new Set([...(known?.choices ?? []), ...row.choices])] };
    if (known === undefined) merged.set(row.flag ?? row.name, { ...row, stages: [row.stage], rows: [row] });
    else
      merged.set(row.flag ?? row.name, {
        ...known,
        meaning,
        ...choices,
        ...(known.default !== row.default && { default: undefined }),
        stages: [...known.stages, row.stage],
        rows: [...known.rows, row],
      });
  }
  return [...merged.values()];
}

/** Whether a flag is for some formats only. */
export function isOfFormat({ stage }: FlagOption): boolean {
  return stage !== 'file' && formatsOf(stage).length > 0;
}

/** The formats that a flag is for. */
export function formatsOfFlag({ stages }: FlagOption): readonly Format[] {
  return stages.flatMap((stage) => formatsOf(stage));
}

/** Heading of an option in the help text. */
export function groupOf(row: FlagOption): string {
  return isOfFormat(row) ? `Writing ${titlesOf(row)}:` : `${optionStages.find(({ name }) => name === row.stage)!.heading}:`;
}

/** What people call the formats that a flag is for. */
export function titlesOf(row: FlagOption): string {
  return [...new Set(formatsOfFlag(row).map((format) => format.title))].join(' and ');
}

/** What the user should hear of a value that is right all the same. */
export type Warn = (text: string) => void;

/** The flags of a command for the options of stages, in the order of the help text. What captures and files of flows both take, such as `--on-damage`, is one flag for both. */
export function flagsOf(command: FlagCommand, warn: Warn): Flag[] {
  const rows = [...flagOptions, ...readFlagOptions, ...ownFlagOptions];
  const wanted = stagesOf(command).flatMap((stage) => rows.filter((row) => row.stage === stage));
  const names = wanted.map((row) => row.flag ?? row.name);
  return wanted.filter((_, index) => names.indexOf(names[index]!) === index).flatMap((row) => flagsFor(row, warn));
}

/** The flags of an option, for commander: a second one, not in the help, for the default of a boolean. */
function flagsFor(row: FlagOption, warn: Warn): Flag[] {
  const flag = flagOf(row.flag ?? row.name);
  if (row.type === 'boolean' || row.type === 'boolean or seconds') {
    const yes = new Flag(flag, row.meaning);
    const no = new Flag(flag.replace('--', '--no-'), `Do not ${row.meaning[0]!.toLowerCase()}${row.meaning.slice(1)}`);
    return row.default === true ? [no.helpGroup(groupOf(row)), yes.hideHelp()] : [yes.helpGroup(groupOf(row))];
  }
  if (row.type === 'set') {
    const some = new Flag(`${flag} <all|kinds>`, `${row.meaning} Kinds, with commas between them: ${row.choices!.join(', ')}.`);
    const none = new Flag(flag.replace('--', '--no-'), `None of what ${flag} names.`);
    return [some.helpGroup(groupOf(row)).argParser((text) => parse(row, text, warn)), none.helpGroup(groupOf(row))];
  }
  const made = new Flag(`${flag} <${valueName(row)}>`, describe(row)).helpGroup(groupOf(row));
  if (row.type === 'metrics') return [made.argParser((text, before: object | undefined) => withMetric(row, text, before ?? {}, warn))];
  return [made.argParser((text) => parse(row, text, warn))];
}

/** `--fields a,b`: the columns by their names, in this order. */
export function fieldsFlag(): Flag {
  const flag = new Flag('--fields <names>', 'Write these columns, with commas between their names, in this order; --list-fields has them all.');
  return flag.helpGroup('Making flows:').argParser((text) => {
    const names = text.split(',').map((name) => name.trim());
    if (names.includes('')) throw new UsageError(`--fields takes names with commas between them, not ${quoted(text)}.`);
    return names;
  });
}

/** `--packets chosen.pcapng`, `--split-packets 'flows/{id}.pcapng'`, `--packets-table packets.parquet`: the packets of the flows that are written. */
export function packetsFlags(): Flag[] {
  const flag = (name: string, value: string, meaning: string): Flag =>
    new Flag(`--${name} <${value}>`, meaning).helpGroup('Writing:').argParser((text) => {
      if (text === '' || text === '-') throw new UsageError(`--${name} takes the name of a file.`);
      if (name !== 'split-packets' && isFlowPattern(text))
        throw new UsageError(`The output ${shownPath(text)} has a place for the id of each flow; write it with --split-packets.`);
      return text;
    });
  return [
    flag('packets', 'file', 'Also write the packets of the flows that --where keeps to this file, as pcapng; the captures are read a second time.'),
    flag(
      'split-packets',
      'pattern',
      'The same into a file for each flow, such as flows/{id}.pcapng; {dst_ip} or the like is the value of a column, and flows of one name share a file.',
    ),
    flag('packets-table', 'file', 'Also write a table of those packets to this file, in the format of its name; the captures are read a second time.'),
  ];
}

/** `--user nobody`: whose rights are enough once devices are open. */
export function userFlag(): Flag {
  return new Flag('--user <name>', 'Become this user once the devices are open, and keep no right of root; files are written as that user.').helpGroup(
    'Capturing from network devices:',
  );
}

function valueName(row: Option): string {
  switch (row.type) {
    case 'seconds':
      return 'seconds|none';
    case 'integer':
      return 'number';
    case 'integer or auto':
      return 'number|auto';
    case 'choice':
    case 'choice or names':
      return 'choice';
    case 'names':
      return 'names';
    case 'names by part':
      return 'names|part=name,...';
    case 'number':
      return 'number';
    case 'model':
    case 'path or rows':
    case 'bytes':
    case 'path':
      return 'file';
    case 'column types':
      return 'name=type,...';
    case 'expression':
      return 'condition';
    case 'metrics':
      return 'name=expression';
    case 'set':
    case 'boolean':
    case 'boolean or seconds':
    case 'text':
    case 'group':
    case 'code':
      return 'text';
  }
}

/** One more metric. */
function withMetric(row: Option, text: string, before: object, warn: Warn): object {
  const metric = parse(row, text, warn) as object;
  const twice = Object.keys(metric).find((name) => Object.hasOwn(before, name));
  if (twice !== undefined) throw new UsageError(`${flagOf(row.flag!)} gives ${shortened(twice)} twice.`);
  return { ...before, ...metric };
}

function describe(row: Option): string {
  const choices = row.choices !== undefined ? ` Choices: ${row.choices!.map(spell).join(', ')}.` : '';
  if (row.default === undefined || row.default === '') return `${row.meaning}${choices}`;
  const usual = typeof row.default === 'string' ? spell(row.default) : row.default === Infinity ? 'none' : JSON.stringify(row.default);
  return `${row.meaning}${choices} Default: ${row.type === 'text' ? JSON.stringify(usual) : usual}.`;
}

function spell(choice: string): string {
  return spelling.get(choice) ?? choice;
}

function parse(row: Option, text: string, warn: Warn): unknown {
  const value = valueOf(row, text, warn);
  const flag = flagOf(row.flag ?? row.name);
  try {
    return checkOption(row, value);
  } catch (error) {
    if (error instanceof FlowError && error.code === 'ERR_NFSTREAM_EXPRESSION') throw new UsageError(`--${error.message}`);
    throw new UsageError(`${flag} takes ${expected(row)}, not ${quoted(text)}.`);
  }
}

/** The value of an option in a configuration as the library takes it, where a configuration can't hold it. */
export function spelt(row: Option, value: unknown, warn: Warn): unknown {
  if (typeof value !== 'string') return value;
  if (row.type === 'seconds' && value === 'none') return Infinity;
  if (row.type === 'bytes') return readKeyFile(value, warn);
  return row.type === 'choice' ? (row.choices!.find((choice) => spell(choice) === value) ?? value) : value;
}

/** The value as the library takes it; text that is none comes back as it is, and is refused there. */
function valueOf(row: Option, text: string, warn: Warn): unknown {
  switch (row.type) {
    case 'seconds':
      if (text === 'none') return Infinity;
      return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'integer':
    case 'integer or auto':
      return /^\d+$/.test(text) ? Number(text) : text;
    case 'choice':
      if (row.numbered && /^\d+$/.test(text)) return Number(text);
      return row.choices!.find((choice) => spell(choice) === text) ?? text;
    case 'set':
      return text === 'all' ? text : text.split(',');
    case 'names':
      return text.split(',');
    case 'names by part':
      return namesByPart(text);
    case 'number':
      return text === 'nan' || /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    case 'bytes':
      return readKeyFile(text, warn);
    case 'metrics': {
      const [, name, expression] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
      return name === undefined ? text : Object.fromEntries([[name, expression]]);
    }
    case 'column types':
      // The last = is meant: a name may hold others.
      return Object.fromEntries(text.split(',').map((pair) => [pair.slice(0, Math.max(0, pair.lastIndexOf('='))), pair.slice(pair.lastIndexOf('=') + 1)]));
    default:
      return text;
  }
}

/** `a,b` are names, `x=a,x=b,y=c` those of x and of y. */
function namesByPart(text: string): string | string[] | Record<string, string | string[]> {
  const names = text.split(',');
  if (!text.includes('=')) return names.length === 1 ? text : names;
  const parts = Object.create(null) as Record<string, string | string[]>;
  for (const pair of names) {
    const [part, name] = [pair.slice(0, Math.max(0, pair.lastIndexOf('='))), pair.slice(pair.lastIndexOf('=') + 1)];
    const before = parts[part];
    parts[part] = before === undefined ? name : [before, name].flat();
  }
  return { ...parts };
}

function expected(row: Option): string {
  switch (row.type) {
    case 'seconds':
      return `a number of seconds (${row.min} or more, with at most three decimals) or none`;
    case 'integer':
      return `a whole number from ${row.min} to ${row.max}`;
    case 'integer or auto':
      return `a whole number from ${row.min} to ${row.max}, or auto`;
    case 'choice':
      return `one of ${row.choices!.map(spell).join(', ')}`;
    case 'choice or names':
      return `one of ${row.choices!.join(', ')} (names of columns go to --fields)`;
    case 'set':
      return `all, or some of ${row.choices!.join(', ')} with commas between them`;
    case 'names':
      return 'names of columns with commas between them';
    case 'names by part':
      return 'names with commas between them, or part=name pairs, as in label=kind,probabilities=p';
    case 'number':
      return 'a number, or nan';
    case 'model':
    case 'path or rows':
      return 'the name of a file, without a NUL byte';
    case 'bytes':
      return `a file with ${row.min} to ${row.max} bytes, as they are or in hexadecimal`;
    case 'path':
      return 'the name of a file, without a NUL byte';
    case 'metrics':
      return 'a name and an expression, as in "big=count(packet.size > 666)"';
    case 'column types':
      return `a type (${readableTypes.join(', ')}) for each name, as in src_port=int,note=text`;
    default:
      return 'a text';
  }
}

/** The sentence for a flag that does not exist; `suggestion` is commander's nearest one, if there is any. */
export function unknownFlag(flag: string, suggestion: string | undefined): UsageError {
  const old = flag.replace(/^--(no-)?/, '').replace(/-/g, '_');
  const renamed = flagOptions.find((row) => row.nfstream6 === old || row.nfstream1 === old);
  if (renamed !== undefined) return new UsageError(`There is no option ${flag}: it is called ${flagOf(renamed.flag ?? renamed.name)} here.`);
  return new UsageError(`There is no option ${shortened(flag)}.${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`);
}
