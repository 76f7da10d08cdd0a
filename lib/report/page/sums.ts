import { cubeNames, cubes, type CubeName, type Dimension } from '../gather/cubes.js';
import type { Cell, Table, TimeSeries, Told } from '../gather/told.js';
import type { Filters } from './filters.js';

/** What the figures show, and the filters that each of them could not follow. */
export interface View {
  readonly told: Told;
  /** By figure: the dimensions of filters that its sums do not have. */
  readonly deaf: Readonly<Partial<Record<CubeName | 'totals' | 'timeline', readonly Dimension[]>>>;
}

/** Filters sums along the dimensions that they have. */
export function filteredSums(told: Told, filters: Filters): View {
  const active = [...filters.values.keys(), ...(filters.span === null ? [] : ['time' as const])];
  const deaf: Record<string, readonly Dimension[]> = {};
  const tables: Partial<Record<CubeName, Table>> = {};
  for (const name of cubeNames) {
    const table = told.tables[name];
    const asked = active.filter((dimension) => !(cubes[name].own as readonly Dimension[]).includes(dimension));
    const heard = asked.filter((dimension) => hears(name, dimension));
    deaf[name] = asked.filter((dimension) => !heard.includes(dimension));
    tables[name] = heard.length === 0 ? table : { ...table, cells: table.cells.filter((cell) => heard.every((dimension) => keeps(cell, dimension, filters))) };
  }
  const names = filters.values.get('application');
  // Each division of the time line follows the filter of its own dimension.
  deaf['timeline'] = active.filter((dimension) => dimension !== 'time');
  const application = names === undefined ? told.timelines.application : only(told.timelines.application, names);
  const categories = filters.values.get('category');
  const category = categories === undefined ? told.timelines.category : only(told.timelines.category, categories);
  const protocols = filters.values.get('protocol');
  const protocol = protocols === undefined ? told.timelines.protocol : only(told.timelines.protocol, new Set([...protocols].map(String)));
  deaf['totals'] = active.filter((dimension) => dimension !== 'application' && dimension !== 'category');
  const heard = active.some((dimension) => dimension === 'application' || dimension === 'category');
  const cells = told.tables.applications.cells.filter(
    (cell) => (names === undefined || keeps(cell, 'application', filters)) && (categories === undefined || keeps(cell, 'category', filters)),
  );
  const sum = (of: 'amount' | 'packets' | 'flows'): number => cells.reduce((all, cell) => all + cell[of], 0);
  const totals = heard ? { bytes: sum('amount'), packets: sum('packets'), flows: sum('flows') } : {};
  return { told: { ...told, ...totals, timelines: { application, category, protocol }, tables: tables as Record<CubeName, Table> }, deaf };
}

function hears(name: CubeName, dimension: Dimension): boolean {
  const keys: readonly string[] = cubes[name].keys;
  return keys.includes(dimension) || (dimension === 'host' && keys.includes('source'));
}

function keeps({ key }: Cell, dimension: Dimension, filters: Filters): boolean {
  const chosen = filters.values.get(dimension)!;
  if (dimension === 'host' && key.source !== undefined) return chosen.has(key.source) || chosen.has(key.destination!);
  return chosen.has((key as Readonly<Record<string, string | number>>)[dimension]!);
}

function only(series: TimeSeries, names: ReadonlySet<string | number>): TimeSeries {
  return { ...series, series: series.series.filter(({ name }) => name !== null && names.has(name)) };
}
