import { inspect, type InspectOptionsStylized } from 'node:util';
import type { FlowValue } from '../flows/columns.js';
import type { FlowFields, StatisticsFields } from '../flows/flow.js';

/** What `flow.expire()` can be told. */
export interface ExpireOptions {
  /** The flow's `export_reason` in the classic columns: 3 to 127; 3 and 4 are those of capacity and TCP too. Default 5. */
  readonly exportReason?: number;
  /** 'ignore': what still comes of the flow's key is ignored (`after_expire`) until nothing has come for `idleTimeout`. Default 'count': it is a new flow. */
  readonly rest?: 'count' | 'ignore';
}

/** What every flow of a hook has. */
export interface HookFlowBase<Udps extends object, Metrics extends object> {
  /** A number that no other flow of the run has: what a plugin keys its own state by. */
  readonly handle: number;
  /** The columns of plugins, to be read and written. Each flow starts with their defaults. */
  readonly udps: Udps;
  /** The metrics, to be read and written. */
  readonly metrics: Metrics;
  /** Why the flow ended, as in the column `end_reason`: null while it is under way, which is in `onInit` and `onUpdate`. */
  readonly ended: string | null;
  /** Any column of the run by its name in files or its property name; undefined for one that the run does not keep. */
  column(name: string): FlowValue | undefined;
  /**
   * Ends the flow with this packet, once every plugin has seen it. The next packet of its key opens a new flow. In `onInit` and `onUpdate` only; a second call changes nothing.
   * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN; ERR_NFSTREAM_PLUGIN for a flow that has ended
   */
  expire(options?: ExpireOptions): void;
  /** This plugin needs no more packets of this flow: its `onUpdate` is not called for it again. `onExpire` is. */
  stopUpdates(): void;
}

/**
 * The flow that a hook is called for, **as it is at that packet**: all columns of the run but those of its end, such as `flow.bidirectionalPackets` or `flow.applicationName`.
 * One object for all flows: valid while the hook runs. In `onExpire` it is the flow as it ended, with its `id`.
 *
 * @typeParam Udps the columns of plugins that it has, @typeParam Metrics the metrics
 */
export type HookFlow<Udps extends object = Readonly<Record<string, unknown>>, Metrics extends object = Record<string, any>> = HookFlowBase<Udps, Metrics> &
  FlowFields &
  StatisticsFields;

/** What the values of flows are read from. */
export interface FlowReading {
  /** Names in files, and the flow's property for each; those that the run keeps. */
  readonly names: readonly string[];
  readonly keys: readonly string[];
}

/** The values that plugins keep of one flow. */
export interface FlowState {
  readonly handle: number;
  readonly udps: Record<string, unknown>;
  readonly metrics: Record<string, unknown>;
}

/** @internal Flows of hooks: subclasses say where values come from. One getter a column stands on the class that {@link withColumns} makes. */
export abstract class AnyHookFlow {
  state: FlowState = noState;

  abstract read(column: number): FlowValue | undefined;
  abstract get ended(): string | null;
  abstract expire(options?: ExpireOptions): void;
  abstract stopUpdates(): void;
  protected abstract readonly reading: FlowReading;

  get handle(): number {
    return this.state.handle;
  }

  get udps(): Record<string, unknown> {
    return this.state.udps;
  }

  get metrics(): Record<string, unknown> {
    return this.state.metrics;
  }

  column(name: string): FlowValue | undefined {
    const { names, keys } = this.reading;
    const index = names.indexOf(name);
    const found = index >= 0 ? index : keys.indexOf(name);
    return found >= 0 ? this.read(found) : undefined;
  }

  [inspect.custom](depth: number, options: InspectOptionsStylized): string {
    const { handle, udps, metrics, ended } = this;
    const columns = this.reading.keys.map((key, index) => [key, this.read(index)] as const).filter(([, value]) => value !== undefined);
    return `HookFlow ${inspect({ handle, ended, ...Object.fromEntries(columns), udps, metrics }, { ...options, depth })}`;
  }
}

const noState: FlowState = { handle: 0, udps: {}, metrics: {} };

/** Properties that are no columns, whatever the columns are called. */
const taken: ReadonlySet<string> = new Set([
  'state',
  'read',
  'ended',
  'expire',
  'stopUpdates',
  'reading',
  'handle',
  'udps',
  'metrics',
  'column',
  'constructor',
]);

/** The class with a getter for each column; `fast` reads some in another way than `read()`. */
export function withColumns<Base extends new (...given: never[]) => AnyHookFlow>(
  base: Base,
  keys: readonly string[],
  fast: Readonly<Record<string, (flow: InstanceType<Base>) => FlowValue>> = {},
): Base {
  const made = class extends (base as new (...given: any[]) => any) {} as unknown as Base;
  Object.defineProperty(made, 'name', { value: 'HookFlow' });
  keys.forEach((key, index) => {
    if (taken.has(key)) return;
    const read = fast[key];
    const get =
      read === undefined
        ? function (this: AnyHookFlow) {
            return this.read(index);
          }
        : function (this: InstanceType<Base>) {
            return read(this);
          };
    Object.defineProperty(made.prototype, key, { get, enumerable: true, configurable: true });
  });
  return made;
}
