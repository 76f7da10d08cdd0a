import { PluginRunner, type OnPluginError } from './plugin-runner.js';
import { pluginSet, type PluginChoice } from './plugin-set.js';

/** What runs these plugins and metrics; null when there are none. @throws {FlowError} as {@link pluginSet} */
export function pluginRunner(choice: PluginChoice, onError: OnPluginError): PluginRunner | null {
  const set = pluginSet(choice);
  return set === null ? null : new PluginRunner(set, onError);
}

export {
  FlowPlugin,
  pluginTypes,
  type AnyPlugin,
  type ColumnBase,
  type Fixed,
  type GivenMetrics,
  type HookResult,
  type Metric,
  type MetricHook,
  type MetricValues,
  type PluginColumn,
  type PluginColumns,
  type PluginColumnsOf,
  type PluginType,
  type PluginValue,
  type TypeOf,
  type UserMetrics,
} from './plugin.js';
export { BatchHooks } from './batch-hooks.js';
export { readable, type ReadableColumn } from './engine-flow.js';
export type { ExpireOptions, HookFlow, HookFlowBase } from './hook-flow.js';
export { HookPacket, type PacketCopy } from './hook-packet.js';
export { Lockstep } from './lockstep.js';
export { PluginFailure, PluginRunner } from './plugin-runner.js';
