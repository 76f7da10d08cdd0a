import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkPath } from '../arguments.js';
import { FlowError, invalidOption, shortened } from '../errors.js';
import { isRecord } from '../is-record.js';
import { checkOptions } from '../options.js';
import { dstName } from '../plugins/shipped/dst-name.js';
import { pluginRunner, type PluginRunner } from '../plugins/index.js';
import { chooseFields, type FieldChoice } from '../schema/choose-fields.js';
import { Schema } from '../schema/schema.js';
import type { CheckedOptions, CheckedPlugins } from './aggregate-options.js';
import { withCicDefaults } from './cic.js';
import { metricFields } from './metric-fields.js';
import { checkPieces, withPieceDefaults } from './pieces.js';

/** What decides about a thread of plugins. */
export interface WorkerChoice {
  /** URL of a module. */
  readonly module: string;
  readonly pluginPrefix: string;
  readonly onError: 'fail' | 'skip';
}

/**
 * Checks the options of an aggregator.
 * @returns them with the defaults filled in, and what runs their plugins
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_COLUMN
 */
export function checkAggregateOptions(options: object): {
  checked: CheckedOptions;
  plugins: PluginRunner | null;
  worker: WorkerChoice | null;
  signal: AbortSignal | undefined;
  /** Infinity for never. */
  reportMs: number;
} {
  const {
    plugins: given,
    userMetrics,
    pluginPrefix,
    onError,
    worker: thread,
    signal,
    reportInterval,
    ...checked
  } = checkOptions(['aggregate', 'report', 'plugins'], withPieceDefaults(withCicDefaults(options))) as unknown as CheckedOptions &
    CheckedPlugins & { signal?: AbortSignal; reportInterval: number };
  checkPieces(checked);
  // Names are wrong or right before the first packet says whether tunnels are told of.
  const chosen = chooseFields({ ...checked, decodeTunnels: true } as unknown as FieldChoice);
  const rules = (['protocolsFile', 'categoriesFile'] as const).find((name) => checked[name] !== '');
  if (rules !== undefined && checked.dissections === 0) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The option ${rules} needs dissections over 0.`);
  const named = checked.dstName && Array.isArray(given ?? []) ? [...((given as readonly unknown[] | undefined) ?? []), dstName()] : given;
  const plugins = pluginRunner({ plugins: named, userMetrics, pluginPrefix }, onError);
  new Schema([...chosen, ...metricFields(checked.metrics), ...(plugins?.columns.map(({ field }) => field) ?? [])]);
  checkMeters(checked, plugins);
  const module = thread === undefined ? null : checkWorker(thread);
  if (module !== null && plugins !== null)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'With worker, plugins and userMetrics are those that its module exports; give no others.');
  return { checked, plugins, worker: module === null ? null : { module, pluginPrefix, onError }, signal, reportMs: reportInterval * 1000 };
}

/** Hooks of packets see all packets of a run in one order. @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE */
export function checkMeters({ meters }: CheckedOptions, plugins: PluginRunner | null): void {
  if (plugins?.watchesPackets && typeof meters === 'number' && meters > 1)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'meters', '1, as plugins that are called for packets see them in one order,', meters);
}

/** @returns the URL of the module */
function checkWorker(worker: unknown): string {
  if (!isRecord(worker)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'worker', 'an object with the path of a module', worker);
  const [other] = Object.keys(worker).filter((name) => name !== 'module');
  if (other !== undefined) throw new FlowError('ERR_NFSTREAM_OPTION_UNKNOWN', `There is no option worker.${shortened(other)}; known is module.`);
  const { module } = worker;
  if (module instanceof URL || (typeof module === 'string' && module.startsWith('file:'))) return String(module);
  return pathToFileURL(resolve(checkPath('worker.module', module))).href;
}
