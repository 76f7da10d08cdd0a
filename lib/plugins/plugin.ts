import type { MergeRule } from '../schema/fields.js';
import type { HookFlow } from './hook-flow.js';
import type { HookPacket } from './hook-packet.js';

// Hooks stand on an interface that is merged into the class, and `Before` is used there.
/* oxlint-disable no-unused-vars, typescript/no-unsafe-declaration-merging */

/** What a plugin or a metric may keep in a column. */
export type PluginValue = number | bigint | string | boolean | readonly number[] | null;

/** What a hook may return, which is not looked at. A promise is refused: hooks are synchronous. */
export type HookResult = void | undefined | null | boolean | number | bigint | string;

/** The types of a plugin's columns. A boolean is 0 or 1 in files. */
export const pluginTypes = Object.freeze(['int', 'float', 'text', 'boolean', 'bigint', 'list'] as const);

/** One of {@link pluginTypes}. */
export type PluginType = (typeof pluginTypes)[number];

/** The names of types that values of a TypeScript type may have in files. */
export type TypeOf<Value> = [NonNullable<Value>] extends [never]
  ? PluginType
  : NonNullable<Value> extends boolean
    ? 'boolean'
    : NonNullable<Value> extends number
      ? 'int' | 'float'
      : NonNullable<Value> extends bigint
        ? 'bigint'
        : NonNullable<Value> extends string
          ? 'text'
          : NonNullable<Value> extends readonly number[]
            ? 'list'
            : never;

/** What a column of a plugin says beside its first value. */
export interface ColumnBase<Value> {
  /** How it is stored: 'int' takes whole numbers, and 'list' arrays of `size` whole numbers. */
  readonly type: TypeOf<Value>;
  /** How two pieces of a flow merge. Default 'none'. */
  readonly merge?: MergeRule;
  /** Items of each list, 0 to 65,535. */
  readonly size?: number;
  /** What it is, for the schema. */
  readonly meaning?: string;
}

/** A column that a plugin declares: its type alone, where it starts at null, or this. */
export type PluginColumn<Value> = null extends Value
  ? TypeOf<Value> | (ColumnBase<Value> & { readonly default?: Fixed<Value> })
  : ColumnBase<Value> & { readonly default: Fixed<Value> };

/** A first value, which is copied where it is a list. */
export type Fixed<Value> = Value extends number[] ? readonly number[] : Value;

/** The columns of a plugin. */
export type PluginColumns<Columns> = { readonly [Name in keyof Columns]: PluginColumn<Columns[Name]> };

declare const columnTypes: unique symbol;

/**
 * Something that is told of packets and flows and adds columns: a class that extends this, or a plain object of this type.
 *
 * Hooks are called on the JavaScript thread, in the order in which plugins are given, and must be synchronous. `packet` and `flow` are valid while a hook runs:
 * they are the same objects in every call.
 *
 * @typeParam Columns the types of its columns: what `flow.udps` has in its hooks, and on the flows that come out
 * @typeParam Before columns of plugins that are given before it, which it reads
 */
export abstract class FlowPlugin<Columns extends object = {}, Before extends object = {}> {
  /** For the type checker alone. */
  declare readonly [columnTypes]?: Columns;

  /** What errors call it. Default: the class's name. */
  readonly name?: string;

  /** Its columns by name: `{ first666: { type: 'int', default: null } } as const`, or `{ first666: 'int' } as const`. Each flow starts with the defaults. */
  readonly columns?: PluginColumns<Columns>;
}

// Hooks that a class does not have are not called: they are no methods of the base class.
export interface FlowPlugin<Columns extends object = {}, Before extends object = {}> {
  /** A flow begins with this packet, which the flow counts already. */
  onInit?(packet: HookPacket, flow: HookFlow<Columns & Before>): HookResult;
  /** Every later packet of the flow, which the flow counts already. */
  onUpdate?(packet: HookPacket, flow: HookFlow<Columns & Before>): HookResult;
  /** The flow has ended. */
  onExpire?(flow: HookFlow<Columns & Before>): HookResult;
  /** The run has ended, and every flow with it. */
  onEnd?(): HookResult;
}

/** Any plugin. */
export type AnyPlugin = FlowPlugin<any, any>;

/** What a metric does with each packet of a flow, the first one included. */
export type MetricHook<Metrics extends object> = (packet: HookPacket, flow: HookFlow<Readonly<Record<string, unknown>>, Metrics>) => HookResult;

/** A metric that starts at another value than 0, or is no whole number. */
export interface Metric<Value, Metrics extends object> {
  /** What it is for a flow without packets. */
  readonly initial: Value;
  readonly update: MetricHook<Metrics>;
  /** How it is stored. Default: that of `initial`; 'int' for a whole number. */
  readonly type?: TypeOf<Value>;
  /** How two pieces of a flow merge. Default 'sum' where `initial` is 0, else 'none'. */
  readonly merge?: MergeRule;
  /** What it is, for the schema. */
  readonly meaning?: string;
}

/** Metrics by their names: what is done with a packet, or where it starts and what is done. For those that are not written down where they are given. */
export type UserMetrics<Metrics extends object> = { readonly [Name in keyof Metrics]: MetricHook<Metrics> | Metric<Metrics[Name], Metrics> };

/**
 * Metrics where they are given: their names and first values tell their types. Names and values are inferred apart, as a function alone tells the checker only its name.
 * @typeParam Names of all metrics, @typeParam Values the first values of those that have one
 */
export type GivenMetrics<Names extends string, Values> = {
  readonly [Name in Names]: MetricHook<MetricValues<Names, Values>> | Metric<Name extends keyof Values ? Values[Name] : unknown, MetricValues<Names, Values>>;
} & { readonly [Name in keyof Values]: { readonly initial: Values[Name] } | Function };

/** The values of metrics: numbers where only a function is given. */
export type MetricValues<Names extends string, Values> = {
  -readonly [Name in Names]: Name extends keyof Values ? (unknown extends Values[Name] ? number : Widened<Values[Name]>) : number;
};

type Widened<Value> = Value extends number ? number : Value extends string ? string : Value extends bigint ? bigint : Value extends boolean ? boolean : Value;

/** What the columns of plugins are on a flow; nothing is known of plugins that are in no tuple. */
export type PluginColumnsOf<Plugins extends readonly unknown[]> = Plugins extends readonly [infer First, ...infer Rest]
  ? ColumnsOf<First> & PluginColumnsOf<Rest>
  : {};

/** What the columns of one plugin are on a flow. */
export type ColumnsOf<Plugin> = Plugin extends { readonly [columnTypes]?: infer Columns extends object }
  ? Columns
  : Plugin extends { readonly columns: infer Columns }
    ? ColumnValues<Columns>
    : {};

type ColumnValues<Columns> = { -readonly [Name in keyof Columns]: ColumnValue<Columns[Name]> };
type ColumnValue<Column> = Column extends { readonly type: infer Type extends PluginType; readonly default: infer Default }
  ? null extends Default
    ? Stored<Type> | null
    : Stored<Type>
  : Column extends { readonly type: infer Type extends PluginType }
    ? Stored<Type> | null
    : Column extends PluginType
      ? Stored<Column> | null
      : unknown;
type Stored<Type extends PluginType> = { int: number; float: number; text: string; boolean: boolean; bigint: bigint; list: number[] }[Type];
