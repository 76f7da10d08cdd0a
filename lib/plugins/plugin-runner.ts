import { FlowError, listed, shortened } from '../errors.js';
import { nearest } from '../text/nearest.js';
import type { AnyHookFlow, FlowState } from './hook-flow.js';
import type { HookPacket } from './hook-packet.js';
import { complaintAbout, type AddedColumn, type Place } from './plugin-column.js';
import { flowName, pluginError, thrownText } from './plugin-error.js';
import type { PacketHook, PluginSet, RunningPlugin } from './plugin-set.js';

/** What happens when a plugin throws: the run fails, or the flow goes on without it. */
export type OnPluginError = 'fail' | 'skip';

/** One hook of one plugin. */
interface Hook<Call> {
  readonly call: Call;
  readonly plugin: RunningPlugin;
}

/** What plugins keep of a flow, and which of them still want its packets. */
export interface RunningFlow extends FlowState {
  updates: readonly Hook<PacketHook>[];
  /** Plugins whose columns are null, as they failed on this flow. */
  dropped: RunningPlugin[] | null;
  /** Where it stood, when it ended. */
  reason: number;
}

/** A plugin failed, and the run with it. */
export class PluginFailure extends Error {
  readonly error: FlowError;

  constructor(error: FlowError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

/** Calls the hooks of all plugins of a run, and keeps what each flow has of them. */
export class PluginRunner {
  readonly columns: readonly AddedColumn[];
  /** Some hook is called for packets. */
  readonly watchesPackets: boolean;
  readonly #plugins: readonly RunningPlugin[];
  /** Those that have columns. */
  readonly #kept: readonly RunningPlugin[];
  readonly #onError: OnPluginError;
  readonly #init: readonly Hook<PacketHook>[];
  readonly #update: readonly Hook<PacketHook>[];
  readonly #expire: readonly Hook<(flow: AnyHookFlow) => unknown>[];
  /** The columns in each place, and what they start with. */
  readonly #names: Readonly<Record<Place, readonly string[]>>;
  readonly #initial: Readonly<Record<Place, Readonly<Record<string, unknown>>>>;
  readonly #ownLists: boolean;
  /** What all flows have in a place where there is no column. */
  readonly #nothing: Readonly<Record<Place, Record<string, unknown>>> = { udps: {}, metrics: {} };
  /** Failed for good: called no more. */
  readonly #failed = new Set<RunningPlugin>();
  #flows = 0;
  #skipped = 0;
  /** The plugin that is being called. */
  #current: RunningPlugin | null = null;
  #firstSkipped: FlowError | null = null;

  constructor({ plugins, columns, watchesPackets }: PluginSet, onError: OnPluginError) {
    this.columns = columns;
    this.watchesPackets = watchesPackets;
    this.#plugins = plugins;
    this.#kept = plugins.filter((plugin) => plugin.columns.length > 0);
    this.#onError = onError;
    const hooks = <Name extends 'onInit' | 'onUpdate' | 'onExpire'>(name: Name): Hook<NonNullable<RunningPlugin[Name]>>[] =>
      plugins.flatMap((plugin) => (plugin[name] === null ? [] : [{ call: plugin[name]!, plugin }]));
    this.#init = hooks('onInit');
    this.#update = hooks('onUpdate');
    this.#expire = hooks('onExpire');
    const inPlace = (place: Place): AddedColumn[] => columns.filter((column) => column.place === place);
    const namesIn = (place: Place): string[] => inPlace(place).map(({ name }) => name);
    const startIn = (place: Place): Record<string, unknown> => Object.fromEntries(inPlace(place).map(({ name, initial }) => [name, initial]));
    this.#names = { udps: namesIn('udps'), metrics: namesIn('metrics') };
    this.#initial = { udps: startIn('udps'), metrics: startIn('metrics') };
    this.#ownLists = columns.some(({ initial }) => Array.isArray(initial));
  }

  /** Times that a plugin was dropped for a flow, and the first of its errors. */
  get skipped(): { readonly count: number; readonly first: FlowError | null } {
    return { count: this.#skipped, first: this.#firstSkipped };
  }

  /** A flow begins. */
  open(): RunningFlow {
    this.#flows++;
    return this.start();
  }

  /** What a flow starts with. */
  start(): RunningFlow {
    return { handle: this.#flows, udps: this.#start('udps'), metrics: this.#start('metrics'), updates: this.#update, dropped: null, reason: -1 };
  }

  /** Calls the hooks of a packet. @throws {PluginFailure} */
  packet(state: RunningFlow, opened: boolean, packet: HookPacket, flow: AnyHookFlow): void {
    const hooks = opened ? this.#init : state.updates;
    for (let i = 0; i < hooks.length; i++) {
      const { call, plugin } = hooks[i]!;
      this.#current = plugin;
      try {
        const result = call(packet, flow);
        if (result !== undefined && isPromise(result)) throw asynchronous(result);
      } catch (thrown) {
        this.#fail(state, opened ? 'onInit' : 'onUpdate', thrown, flow, packet);
      }
    }
    this.#current = null;
  }

  /** Calls the hooks of a flow that has ended, and checks what they left in its columns. @throws {PluginFailure} */
  expire(state: RunningFlow, flow: AnyHookFlow): void {
    for (const { call, plugin } of this.#expire) {
      if (state.dropped?.includes(plugin)) continue;
      if (this.#failed.has(plugin)) {
        this.#drop(state, plugin);
        continue;
      }
      this.#current = plugin;
      try {
        const result = call(flow);
        if (result !== undefined && isPromise(result)) throw asynchronous(result);
      } catch (thrown) {
        this.#fail(state, 'onExpire', thrown, flow, null);
      }
    }
    this.#current = null;
    if (Object.keys(state.udps).length !== this.#names.udps.length) this.#refuse('udps', state, flow);
    if (Object.keys(state.metrics).length !== this.#names.metrics.length) this.#refuse('metrics', state, flow);
    for (let i = 0; i < this.#kept.length; i++) {
      const plugin = this.#kept[i]!;
      if (state.dropped === null || !state.dropped.includes(plugin)) this.#check(state, plugin, flow);
    }
  }

  /** Calls the hooks of the end. @throws {PluginFailure} */
  end(): void {
    for (const plugin of this.#plugins) {
      if (plugin.onEnd === null || this.#failed.has(plugin)) continue;
      try {
        const result = plugin.onEnd();
        if (result !== undefined && isPromise(result)) throw asynchronous(result);
      } catch (thrown) {
        this.#failed.add(plugin);
        throw new PluginFailure(pluginError({ plugin: plugin.name, hook: 'onEnd' }, thrownText(thrown), thrown));
      }
    }
  }

  /** The plugin that is being called needs no more packets of this flow. */
  stopUpdates(state: RunningFlow): void {
    const plugin = this.#current;
    state.updates = state.updates.filter((hook) => hook.plugin !== plugin);
  }

  /** Name of the plugin that is being called. */
  get calling(): string {
    return this.#current?.name ?? '';
  }

  /** What a flow has in a column at its end. */
  valueOf({ place, name }: AddedColumn, state: RunningFlow): unknown {
    return state[place][name];
  }

  #start(place: Place): Record<string, unknown> {
    if (this.#names[place].length === 0) return this.#nothing[place];
    const values = { ...this.#initial[place] }; // a copy of a shape is faster than anything that is built
    if (this.#ownLists) for (const name of Object.keys(values)) if (Array.isArray(values[name])) values[name] = [...(values[name] as unknown[])];
    return values;
  }

  /** Some hook has written to what is no column: there is no telling which. @throws {PluginFailure} */
  #refuse(place: Place, state: RunningFlow, flow: AnyHookFlow): void {
    const known = this.#names[place];
    const other = Object.keys(state[place]).find((name) => !known.includes(name))!;
    delete state[place][other];
    const near = nearest(other, known);
    const error = new FlowError(
      'ERR_NFSTREAM_COLUMN',
      `flow.${place}.${shortened(other)} was written to, and is no column.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    );
    this.#report(
      pluginError({ plugin: listed(this.#plugins.map(({ name }) => name)), hook: 'one of its hooks', flow: flowName(flow) }, thrownText(error), error),
    );
  }

  #check(state: RunningFlow, plugin: RunningPlugin, flow: AnyHookFlow): void {
    for (const column of plugin.columns) {
      const value = state[column.place][column.name];
      const complaint = complaintAbout(column, value);
      if (complaint === null) continue;
      const error = new FlowError(
        'ERR_NFSTREAM_COLUMN',
        `Expected ${complaint} for the column ${column.name} but it holds ${typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value).slice(0, 60)}`,
      );
      this.#current = plugin;
      this.#fail(state, plugin.onExpire === null ? 'its last hook' : 'onExpire', error, flow, null);
      return;
    }
  }

  /** Drops the plugin that is being called, for this flow or for good. @throws {PluginFailure} */
  #fail(state: RunningFlow, hook: string, thrown: unknown, flow: AnyHookFlow, packet: HookPacket | null): void {
    const plugin = this.#current!;
    this.#drop(state, plugin);
    if (this.#failed.has(plugin)) return; // the run has failed with it before
    const { number, file } = packet ?? { number: undefined, file: null };
    const place = { plugin: plugin.name, hook, ...(number !== undefined && { packet: number }), ...(file !== null && { file }), flow: flowName(flow) };
    const error = pluginError(place, thrownText(thrown), thrown);
    if (this.#onError === 'fail') this.#failed.add(plugin);
    this.#report(error);
  }

  /** Fails the run, or counts. @throws {PluginFailure} */
  #report(error: FlowError): void {
    if (this.#onError === 'fail') throw new PluginFailure(error);
    this.#skipped++;
    this.#firstSkipped ??= error;
  }

  #drop(state: RunningFlow, plugin: RunningPlugin): void {
    (state.dropped ??= []).push(plugin);
    state.updates = state.updates.filter((hook) => hook.plugin !== plugin);
    for (const { place, name } of plugin.columns) state[place][name] = null;
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function asynchronous(promise: PromiseLike<unknown>): Error {
  promise.then(null, () => {}); // what it rejects with comes too late to be told
  return new TypeError('it returned a promise, and hooks must be synchronous');
}
