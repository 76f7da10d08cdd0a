import { sums, type Cube } from './cube.js';
import { cubeNames, cubes, seriesNames, textKeys, type CubeName, type KeyName, type SeriesName } from './cubes.js';
import type { Gathered } from './gathered.js';
import { otherSeries } from './timeline.js';
import type { Texts } from '../../text/texts.js';

/** A cell as a page has it: texts and numbers by the names of its keys. */
export interface Cell {
  readonly key: Readonly<Partial<Record<KeyName, string | number>>>;
  readonly amount: number;
  readonly packets: number;
  readonly flows: number;
  /** The smallest risk score of its flows; null where none was told. */
  readonly least: number | null;
}

/** The sums of one figure. */
export interface Table {
  readonly cells: readonly Cell[];
  /** By how much an amount may be too small; 0 where everything is exact. */
  readonly missing: number;
  /** How many cells there were. */
  readonly of: number;
}

/** Sums over time, for each of several series by their numbers. */
export interface Timed {
  readonly startMs: number;
  readonly widthMs: number;
  names(): Iterable<number>;
  /** Bytes (0), packets (1) or new flows (2) of a series in each bin. */
  told(series: number, sum: number): number[];
}

/** One series of the time line: a value for each bin. */
export interface Series {
  /** An application, a category or the number of a protocol; null is everything else. */
  readonly name: string | null;
  readonly bytes: readonly number[];
  readonly packets: readonly number[];
  readonly flows: readonly number[];
}

/** A division of the time line: bins of one width from a time on. */
export interface TimeSeries {
  readonly startMs: number;
  readonly widthMs: number;
  readonly series: readonly Series[];
}

/** Everything that the figures show, as JSON. */
export interface Told {
  readonly flows: number;
  readonly bytes: number;
  readonly packets: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  readonly timelines: Readonly<Record<SeriesName, TimeSeries>>;
  readonly tables: Readonly<Record<CubeName, Table>>;
}

/** What stands in the page beside the flows. */
export interface PageData {
  readonly title: string;
  readonly told: Told;
  /** The columns of its flows, with their units and meanings. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly unit: string; readonly meaning: string }[];
  /** Bytes that flows may take, when they take more; null when all of them are inside. */
  readonly withoutFlows: number | null;
}

/**
 * What was gathered, by its texts.
 * @param share how much of what a page has room for: 1, or less where texts are long; Infinity for everything
 * @param timelines what is told over time, where that is something else
 */
export function tell(gathered: Gathered, texts: Texts, share: number, timelines: Readonly<Record<SeriesName, Timed>> = gathered.timelines): Told {
  const names = new Map<number, string>();
  const text = (code: number): string => {
    let name = names.get(code);
    if (name === undefined) names.set(code, (name = texts.text(code)));
    return name;
  };
  const tables = cubeNames.map((name) => [name, tableOf(gathered.cubes[name], cubes[name].keys, Math.ceil(cubes[name].inPage * share), text)] as const);
  return {
    flows: gathered.flows,
    bytes: gathered.bytes,
    packets: gathered.packets,
    firstMs: Number.isFinite(gathered.firstMs) ? gathered.firstMs : null,
    lastMs: Number.isFinite(gathered.lastMs) ? gathered.lastMs : null,
    timelines: Object.fromEntries(
      seriesNames.map((name) => [name, timeOf(timelines[name], Math.max(fewestSeries, Math.ceil(60 * share)), textKeys.has(name) ? text : String)]),
    ) as Record<SeriesName, TimeSeries>,
    tables: Object.fromEntries(tables) as Record<CubeName, Table>,
  };
}

function timeOf(timeline: Timed, most: number, text: (code: number) => string): TimeSeries {
  return { startMs: timeline.startMs, widthMs: timeline.widthMs, series: seriesOf(timeline, most, text) };
}

/** Series that are told by their names in any case: as many as have a colour. */
const fewestSeries = 12;

/** Digits that a share of bytes or packets is told with. */
function rounded(value: number): number {
  return Number.isInteger(value) && value < 1e9 ? value : Number(value.toPrecision(9));
}

/** The series with the most bytes; the others are one. */
function seriesOf(timeline: Timed, most: number, text: (code: number) => string): Series[] {
  const all = [...timeline.names()].map((code): Series => {
    const [bytes, packets, flows] = [0, 1, 2].map((sum) => timeline.told(code, sum).map(rounded)) as [number[], number[], number[]];
    return { name: code === otherSeries ? null : text(code), bytes, packets, flows };
  });
  const sized = all.map((series) => ({ series, size: series.bytes.reduce((sum, value) => sum + value, 0) })).sort((a, b) => b.size - a.size);
  const named = sized.filter(({ series }) => series.name !== null).map(({ series }) => series);
  const rest = [...named.slice(most), ...all.filter(({ name }) => name === null)];
  if (rest.length === 0) return named;
  const add = (of: 'bytes' | 'packets' | 'flows'): number[] => rest[0]![of].map((_, bin) => rounded(rest.reduce((sum, series) => sum + series[of][bin]!, 0)));
  return [...named.slice(0, most), { name: null, bytes: add('bytes'), packets: add('packets'), flows: add('flows') }];
}

function tableOf(cube: Cube, keys: readonly KeyName[], most: number, text: (code: number) => string): Table {
  const chosen = cube.heaviest(Number.isFinite(most) ? most : cube.size);
  const cells = chosen.map((at): Cell => {
    const key = keys.map((name, column) => {
      const value = cube.keys[at * cube.width + column]!;
      return [name, textKeys.has(name) ? text(value) : value] as const;
    });
    const [amount, packets, flows] = cube.totals.subarray(at * sums, (at + 1) * sums) as unknown as [number, number, number];
    return { key: Object.fromEntries(key), amount, packets, flows, least: Number.isFinite(cube.least[at]!) ? cube.least[at]! : null };
  });
  const left = cube.size > chosen.length ? cube.totals[cube.heaviest(chosen.length + 1)[chosen.length]! * sums]! : 0;
  return { cells, missing: cube.missing + left, of: cube.size };
}
