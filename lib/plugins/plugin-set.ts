import { FlowError, invalidOption, shortened } from '../errors.js';
import { isRecord } from '../is-record.js';
import { nearest } from '../text/nearest.js';
import type { AnyHookFlow } from './hook-flow.js';
import type { HookPacket } from './hook-packet.js';
import { metricColumn, pluginColumn, type AddedColumn } from './plugin-column.js';

/** What a run calls of one plugin or metric; null where it has no such hook. */
export interface RunningPlugin {
  /** As errors name it. */
  readonly name: string;
  readonly columns: readonly AddedColumn[];
  readonly onInit: PacketHook | null;
  readonly onUpdate: PacketHook | null;
  readonly onExpire: ((flow: AnyHookFlow) => unknown) | null;
  readonly onEnd: (() => unknown) | null;
}

/** A hook of packets. */
export type PacketHook = (packet: HookPacket, flow: AnyHookFlow) => unknown;

/** What plugins and metrics of a run are, checked. */
export interface PluginSet {
  /** Metrics, then plugins, in the order in which they are called. */
  readonly plugins: readonly RunningPlugin[];
  readonly columns: readonly AddedColumn[];
  /** Some hook is called for packets. */
  readonly watchesPackets: boolean;
}

/** The options that make it. */
export interface PluginChoice {
  readonly plugins?: unknown;
  readonly userMetrics?: unknown;
  readonly pluginPrefix: string;
}

const hookNames = ['onInit', 'onUpdate', 'onExpire', 'onEnd'] as const;

/** nfstream's words, for those who come from there. */
const renamed: Readonly<Record<string, string>> = { on_init: 'onInit', on_update: 'onUpdate', on_expire: 'onExpire', cleanup: 'onEnd' };

/**
 * Checks plugins and metrics.
 * @returns null when there are none
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN; ERR_NFSTREAM_COLUMN for names that are taken
 */
export function pluginSet({ plugins: given = [], userMetrics = {}, pluginPrefix }: PluginChoice): PluginSet | null {
  if (!Array.isArray(given)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'plugins', 'an array of plugins', given);
  if (!isRecord(userMetrics)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'userMetrics', 'an object with a function for each metric', userMetrics);
  const plugins = [
    ...Object.entries(userMetrics).map(([name, metric]) => runningMetric(name, metric)),
    ...Array.from(given, (plugin: unknown, index) => runningPlugin(plugin, index, pluginPrefix)),
  ];
  if (plugins.length === 0) return null;
  const twice = given.find((plugin, index) => given.indexOf(plugin) < index) as object | undefined;
  if (twice !== undefined) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The plugin ${nameOf(twice, given.indexOf(twice))} is given twice in plugins.`);
  refuseSameNames(plugins);
  return {
    plugins,
    columns: plugins.flatMap(({ columns }) => columns),
    watchesPackets: plugins.some(({ onInit, onUpdate }) => onInit !== null || onUpdate !== null),
  };
}

function runningMetric(name: string, metric: unknown): RunningPlugin {
  const where = `metric ${shortened(name)}`;
  if (typeof metric !== 'function' && (!isRecord(metric) || typeof metric['update'] !== 'function')) {
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `userMetrics.${shortened(name)}`, 'a function, or an object with initial and update', metric);
  }
  const spec = typeof metric === 'function' ? { initial: 0, update: metric } : (metric as Readonly<Record<string, unknown>>);
  const update = spec['update'] as PacketHook;
  return { name, columns: [metricColumn(where, name, spec)], onInit: update, onUpdate: update, onExpire: null, onEnd: null };
}

function runningPlugin(plugin: unknown, index: number, prefix: string): RunningPlugin {
  if (typeof plugin !== 'object' || plugin === null || Array.isArray(plugin))
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `plugins[${index}]`, 'a FlowPlugin, or an object with hooks', plugin);
  const hooks = plugin as Readonly<Record<string, unknown>>;
  for (const [old, now] of Object.entries(renamed))
    if (old in hooks) throw new FlowError('ERR_NFSTREAM_OPTION_UNKNOWN', `In plugins[${index}], ${old} is now ${now}.`);
  const misspelt = Object.keys(hooks).find(
    (key) => /^on/i.test(key) && typeof hooks[key] === 'function' && !(hookNames as readonly string[]).includes(key) && nearest(key, hookNames) !== undefined,
  );
  if (misspelt !== undefined)
    throw new FlowError(
      'ERR_NFSTREAM_OPTION_UNKNOWN',
      `There is no hook ${shortened(misspelt)} in plugins[${index}]. Did you mean ${nearest(misspelt, hookNames)}?`,
    );
  const name = nameOf(hooks, index);
  const [onInit, onUpdate, onExpire, onEnd] = hookNames.map((hook) => {
    const given = hooks[hook];
    if (given === undefined) return null;
    if (typeof given !== 'function') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `${hook} of plugin ${name}`, 'a function', given);
    return (given as (...all: unknown[]) => unknown).bind(plugin);
  }) as [PacketHook | null, PacketHook | null, ((flow: AnyHookFlow) => unknown) | null, (() => unknown) | null];
  const specs = hooks['columns'] ?? {};
  if (!isRecord(specs)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `columns of plugin ${name}`, 'an object with each column', specs);
  const columns = Object.entries(specs).map(([column, spec]) => pluginColumn(`column ${shortened(column)} of plugin ${name}`, column, spec, prefix));
  if (columns.length === 0 && onInit === null && onUpdate === null && onExpire === null && onEnd === null) {
    throw new FlowError('ERR_NFSTREAM_OPTION_TYPE', `The plugin ${name} (plugins[${index}]) has no hook; it needs one of ${hookNames.join(', ')}.`);
  }
  return { name, columns, onInit, onUpdate, onExpire, onEnd };
}

function nameOf(plugin: object, index: number): string {
  const { name, constructor } = plugin as { name?: unknown; constructor?: unknown };
  if (typeof name === 'string' && name !== '') return shortened(name);
  return typeof constructor === 'function' && constructor !== Object && constructor.name !== '' ? shortened(constructor.name) : `${index + 1}`;
}

function refuseSameNames(plugins: readonly RunningPlugin[]): void {
  const owners = new Map<string, string>();
  for (const { name, columns } of plugins) {
    for (const { field, name: own, place } of columns) {
      for (const used of new Set([field.name, ...(place === 'udps' ? [`udps.${own}`] : [])])) {
        const owner = owners.get(used);
        if (owner !== undefined)
          throw new FlowError('ERR_NFSTREAM_COLUMN', `Both ${owner} and ${name} have a column named ${shortened(own)}; give one of them another name.`);
        owners.set(used, name);
      }
    }
  }
}
