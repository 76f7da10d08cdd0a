import { Cube, sums } from '../gather/cube.js';
import { seriesNames, textKeys, type SeriesName } from '../gather/cubes.js';
import type { Chunk } from '../gather/chunk.js';
import type { Timed } from '../gather/told.js';
import type { TimeRing } from './time-ring.js';

/** Names of each division in one bin. nDPI knows some hundred applications. */
const mostNames = 1024;

/** What came in one bin of a time line, by the names of each division. */
export class SeriesBin {
  readonly cubes: Readonly<Record<SeriesName, Cube>> = {
    application: new Cube(1, mostNames),
    category: new Cube(1, mostNames),
    protocol: new Cube(1, mostNames),
  };

  /** Adds the rows of a chunk that are not left out. */
  add({ length, codes, amounts, flows }: Chunk, left: Uint16Array): void {
    for (const name of seriesNames) {
      const [cube, series] = [this.cubes[name], codes[name]];
      for (let row = 0; row < length; row++)
        if (left[row] === 0) cube.add(series?.[row] ?? 0, 0, 0, amounts.bytes?.[row] ?? 0, amounts.packets?.[row] ?? 0, flows?.[row] ?? 1);
    }
  }

  merge(other: SeriesBin): void {
    for (const name of seriesNames) this.cubes[name].merge(other.cubes[name]);
  }

  clear(): void {
    for (const name of seriesNames) this.cubes[name].clear();
  }

  /** The numbers of texts in use. */
  settle(): number[] {
    return seriesNames.filter((name) => textKeys.has(name)).flatMap((name) => [...this.cubes[name].keys.subarray(0, this.cubes[name].size)]);
  }

  renumber(change: (code: number) => number): void {
    for (const name of seriesNames) this.cubes[name].renumber([textKeys.has(name)], change);
  }
}

/** The bins of a ring up to a time, as a time line of one division. */
export function timedOf(ring: TimeRing<SeriesBin>, division: SeriesName, ms: number): Timed {
  const bins = ring.upTo(ms);
  const values = new Map<number, Float64Array>();
  bins.forEach((bin, at) => {
    if (bin === null) return;
    const { keys, totals, size } = bin.cubes[division];
    for (let cell = 0; cell < size; cell++) {
      let series = values.get(keys[cell]!);
      if (series === undefined) values.set(keys[cell]!, (series = new Float64Array(bins.length * sums)));
      for (let sum = 0; sum < sums; sum++) series[at * sums + sum] = totals[cell * sums + sum]!;
    }
  });
  const told = (series: number, sum: number): number[] => Array.from(bins, (_, at) => Math.round(values.get(series)![at * sums + sum]!));
  return { startMs: ring.startMs(ms), widthMs: ring.widthMs, names: () => values.keys(), told };
}
