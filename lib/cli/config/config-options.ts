import { FlowError, invalidOption, listed, shortened, shownPath } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import { nearest } from '../../text/nearest.js';
import { stagesOf, type OptionStage, type RunStage } from '../../option-stages.js';
import { checkOption, flagOf, type Option } from '../../options.js';
import { flagOptions, spelt, type FlagOption, type Warn } from '../flags.js';
import { dashboardAddress, dashboardHost } from '../dashboard/flags.js';
import { metricsAddress } from '../probe/metrics-address.js';
import type { ListenAddress } from '../serve/listen-address.js';
import { UsageError } from '../usage-error.js';
import { readConfig } from './config-file.js';

/** What a configuration asks for. */
export interface Config {
  /** Captures, outputs and what else the command takes besides the options of stages; null for what is not given. */
  readonly captures: readonly string[] | null;
  readonly output: readonly string[] | null;
  readonly format: unknown;
  readonly quiet: boolean;
  /** Who the process becomes once devices are open; null for nobody else. */
  readonly user: string | null;
  /** Where counters are served; null for nowhere. */
  readonly metrics: ListenAddress | null;
  /** Where a page of the run is served, and under which names besides; null for nowhere, and for none. */
  readonly dashboard: ListenAddress | null;
  readonly dashboardHosts: readonly string[] | null;
  readonly options: Readonly<Record<RunStage, Readonly<Record<string, unknown>>>>;
}

type Options = Record<RunStage, Record<string, unknown>>;

/** The stages that have a section of their name. */
const sections = stagesOf('run') as readonly RunStage[];

/** Keys that are no option of a stage. */
const ownKeys = ['captures', 'output', 'quiet', 'user', 'fields', 'metrics', 'dashboard', 'dashboard-host'];

/** The options of a run that gives none. */
export function noOptions(): Options {
  return Object.fromEntries(sections.map((stage) => [stage, {}])) as Options;
}

/**
 * Reads a configuration and checks every key and value of it. Options are named as their flags without dashes (`idle-timeout`) or as in JavaScript (`idleTimeout`), and stand at
 * the top or in the section of their stage, where they may have the names that the stage gives them.
 * @param warn is told of what is no mistake
 * @throws {UsageError} for an unknown key, which names the nearest, or a value of a wrong type, with the file
 */
export function configOf(path: string, warn: Warn): Config {
  const config = new ConfigReader(shownPath(path), warn);
  for (const [key, value] of Object.entries(readConfig(path))) config.add(key, value);
  return config;
}

class ConfigReader implements Config {
  readonly options = noOptions();
  captures: readonly string[] | null = null;
  output: readonly string[] | null = null;
  quiet = false;
  user: string | null = null;
  metrics: ListenAddress | null = null;
  dashboard: ListenAddress | null = null;
  dashboardHosts: readonly string[] | null = null;
  readonly #file: string;
  readonly #warn: Warn;
  /** By option: the key that gave it. */
  readonly #given = new Map<string, string>();

  constructor(file: string, warn: Warn) {
    this.#file = file;
    this.#warn = warn;
  }

  get format(): unknown {
    return this.options.file['format'];
  }

  add(key: string, value: unknown): void {
    // A table of that name has columns of users, as the option does.
    if (ownKeys.includes(key) && !(key === 'metrics' && isRecord(value))) return this.#addOwn(key, value);
    const section = sections.find((name) => name === key);
    if (section !== undefined && isRecord(value)) {
      for (const [inner, content] of Object.entries(value)) this.#addTo(section, inner, content);
      return;
    }
    const row = flagOptions.find((candidate) => isCalled(candidate.flag ?? candidate.name, key) || (candidate.type === 'metrics' && candidate.name === key));
    if (row === undefined) throw this.#unknown(key, '', [...flagOptions.map((each) => spellingOf(each.flag ?? each.name)), ...sections, ...ownKeys]);
    const checked = this.#checked(row, key, value);
    for (const stage of row.stages) this.#set(stage, row, key, checked);
  }

  #addOwn(key: string, value: unknown): void {
    const names = typeof value === 'string' ? [value] : value;
    if (key === 'quiet') {
      if (typeof value !== 'boolean') throw this.#wrong(key, invalidOption('ERR_NFSTREAM_OPTION_TYPE', key, 'true or false', value));
      this.quiet = value;
    } else if (key === 'user') {
      if (typeof value !== 'string' || value === '') throw this.#wrong(key, invalidOption('ERR_NFSTREAM_OPTION_TYPE', key, 'the name of a user', value));
      this.user = value;
    } else if (key === 'metrics' || key === 'dashboard') {
      this[key] = this.#address(key, value);
    } else if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string' && name !== '')) {
      throw this.#wrong(key, invalidOption('ERR_NFSTREAM_OPTION_TYPE', key, 'a text, or a list of texts', value));
    } else if (key === 'dashboard-host') {
      this.dashboardHosts = names.map((name) => this.#asFlag(key, () => dashboardHost(name as string)));
    } else if (key === 'fields') {
      this.#set('aggregate', { name: 'features' }, key, names);
    } else {
      this[key as 'captures' | 'output'] = names as string[];
    }
  }

  #address(key: 'metrics' | 'dashboard', value: unknown): ListenAddress {
    const addressOf = key === 'metrics' ? metricsAddress : dashboardAddress;
    return this.#asFlag(key, () => addressOf(typeof value === 'number' ? String(value) : (value as string)));
  }

  /** What a flag makes of a value, or what is wrong with it. */
  #asFlag<Value>(key: string, make: () => Value): Value {
    try {
      return make();
    } catch (error) {
      throw this.#wrong(key, error as Error);
    }
  }

  #addTo(section: RunStage, key: string, value: unknown): void {
    if (section === 'aggregate' && key === 'fields') return this.#addOwn(key, value);
    const rows = flagOptions.filter((row) => row.stages.includes(section));
    // A file for a secret is named by the flag, as the option holds the secret itself.
    const row = rows.find((each) => isCalled(each.flag ?? each.name, key) || (each.type !== 'bytes' && isCalled(each.name, key)));
    if (row === undefined)
      throw this.#unknown(
        key,
        `[${section}]`,
        rows.flatMap((each) => (each.type === 'bytes' ? [] : [spellingOf(each.name)])).concat(rows.map((each) => spellingOf(each.flag ?? each.name))),
      );
    this.#set(section, row, `${section}.${key}`, this.#checked(rowOf(row, section), `${section}.${key}`, value));
  }

  #checked(row: Option, key: string, value: unknown): unknown {
    try {
      return checkOption(row, spelt(row, value, this.#warn));
    } catch (error) {
      if (error instanceof FlowError || error instanceof UsageError) throw this.#wrong(key, error);
      throw error;
    }
  }

  #set(stage: OptionStage, { name }: Pick<Option, 'name'>, key: string, value: unknown): void {
    const before = this.#given.get(`${stage} ${name}`);
    if (before !== undefined)
      throw new UsageError(`In the configuration ${this.#file}, ${shortened(before)} and ${shortened(key)} are the same option; give one of them.`);
    this.#given.set(`${stage} ${name}`, key);
    this.options[stage as RunStage][name] = value;
  }

  #unknown(key: string, section: string, known: readonly string[]): UsageError {
    const elsewhere = section === '' ? undefined : flagOptions.find((row) => isCalled(row.flag ?? row.name, key));
    const near = nearest(key, known);
    const help =
      elsewhere !== undefined
        ? `it is one of [${elsewhere.stages.join('], [')}]`
        : near !== undefined
          ? `did you mean ${near}?`
          : `there are ${listed([...new Set(known)])}`;
    return new UsageError(
      `In the configuration ${this.#file}, ${section === '' ? 'there is no option' : `${section} has no option`} ${shortened(key)}; ${help}${help.endsWith('?') ? '' : '.'}`,
    );
  }

  #wrong(key: string, { message }: Error): UsageError {
    return new UsageError(`In the configuration ${this.#file}, ${shortened(key)}: ${message}`);
  }
}

/** The option as this stage has it: choices of formats that share a flag differ. */
function rowOf(row: FlagOption, stage: OptionStage): Option {
  return row.rows.find((each) => each.stage === stage)!;
}

function spellingOf(name: string): string {
  return flagOf(name).slice(2);
}

function isCalled(name: string, key: string): boolean {
  return key === name || key === spellingOf(name);
}
