import { sums } from './cube.js';

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

/** Widths of a bin in milliseconds, each a multiple of the one before; behind the last each is ten times as wide. */
const widths: readonly number[] = [
  ...[1, 2, 10, 20, 100, 200, second, 2 * second, 10 * second, 20 * second],
  ...[minute, 2 * minute, 10 * minute, 20 * minute, hour, 2 * hour, 6 * hour, 12 * hour, day, 2 * day, 10 * day, 20 * day, 100 * day, 200 * day, 1000 * day],
];

/** Bins at most. */
const mostBins = 400;
const slots = 4 * mostBins;

/** Series that are kept apart; what comes later goes to the series of everything else. */
const mostSeries = 512;

/** The series of what has none of its own. */
export const otherSeries = -1;

/**
 * Bytes, packets and new flows over time, for each of several series. A flow's bytes and packets are spread evenly from its first packet to its last; it is new at its first one. Bins become
 * wider as the time that they cover grows, which moves nothing: every width is a multiple of the one before.
 */
export class Timeline {
  /** Width of a bin in milliseconds. */
  widthMs = widths[0]!;
  /** The first and the last bin, counted from the epoch; the last one is smaller while there is none. */
  first = Infinity;
  last = -Infinity;
  #step = 0;
  #anchor = 0;
  readonly series = new Map<number, Float64Array>();

  add(series: number, firstMs: number, lastMs: number, bytes: number, packets: number): void {
    const end = Math.max(firstMs, lastMs);
    this.#cover(firstMs, end);
    const values = this.#valuesOf(series);
    const { widthMs: width } = this;
    const from = Math.floor(firstMs / width);
    const to = Math.floor(end / width);
    let at = (from - this.#anchor) * sums;
    values[at + 2]! += 1;
    if (from === to) {
      values[at]! += bytes;
      values[at + 1]! += packets;
      return;
    }
    const each = 1 / (end - firstMs);
    for (let bin = from; bin <= to; bin++, at += sums) {
      const share = (Math.min(end, (bin + 1) * width) - Math.max(firstMs, bin * width)) * each;
      values[at]! += bytes * share;
      values[at + 1]! += packets * share;
    }
  }

  /** Bytes (0), packets (1) or new flows (2) of a series in each bin, from the first to the last. */
  told(series: number, sum: number): number[] {
    const values = this.series.get(series);
    const length = this.last < this.first ? 0 : this.last - this.first + 1;
    return Array.from({ length }, (_, bin) => values?.[(this.first - this.#anchor + bin) * sums + sum] ?? 0);
  }

  /** When the first bin begins; 0 where there is none. */
  get startMs(): number {
    return Number.isFinite(this.first) ? this.first * this.widthMs : 0;
  }

  names(): Iterable<number> {
    return this.series.keys();
  }

  /** Changes the numbers of the series. */
  renumber(change: (series: number) => number): void {
    const before = [...this.series];
    this.series.clear();
    for (const [series, values] of before) this.series.set(series === otherSeries ? series : change(series), values);
  }

  #valuesOf(series: number): Float64Array {
    const found = this.series.get(series);
    if (found !== undefined) return found;
    const own = series !== otherSeries && this.series.size >= mostSeries ? otherSeries : series;
    const made = this.series.get(own) ?? new Float64Array(slots * sums);
    this.series.set(own, made);
    return made;
  }

  #cover(firstMs: number, lastMs: number): void {
    let from = Math.floor(firstMs / this.widthMs);
    let to = Math.floor(lastMs / this.widthMs);
    if (from >= this.first && to <= this.last) return;
    while (Math.max(to, this.last) - Math.min(from, this.first) >= mostBins) {
      this.#widen();
      from = Math.floor(firstMs / this.widthMs);
      to = Math.floor(lastMs / this.widthMs);
    }
    const empty = this.last < this.first;
    this.first = Math.min(this.first, from);
    this.last = Math.max(this.last, to);
    if (empty) this.#anchor = this.first - mostBins;
    else if (this.first < this.#anchor || this.last >= this.#anchor + slots) this.#move(this.first - mostBins);
  }

  #widen(): void {
    this.#step++;
    const wider = widths[this.#step] ?? this.widthMs * 10;
    const times = wider / this.widthMs;
    if (this.last >= this.first) {
      const anchor = Math.floor(this.first / times) - mostBins;
      for (const [series, values] of this.series) {
        const merged = new Float64Array(slots * sums);
        for (let bin = this.first; bin <= this.last; bin++)
          for (let sum = 0; sum < sums; sum++) merged[(Math.floor(bin / times) - anchor) * sums + sum]! += values[(bin - this.#anchor) * sums + sum]!;
        this.series.set(series, merged);
      }
      this.first = Math.floor(this.first / times);
      this.last = Math.floor(this.last / times);
      this.#anchor = anchor;
    }
    this.widthMs = wider;
  }

  #move(anchor: number): void {
    for (const [series, values] of this.series) {
      const moved = new Float64Array(slots * sums);
      for (let at = 0; at < values.length; at++) {
        const to = at + (this.#anchor - anchor) * sums;
        if (to >= 0 && to < moved.length) moved[to] = values[at]!;
      }
      this.series.set(series, moved);
    }
    this.#anchor = anchor;
  }
}
