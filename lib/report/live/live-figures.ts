import type { FlowBatch } from '../../flows/flow-batch.js';
import { finderOf, SharedTexts, type TextUser } from '../flow-gatherer.js';
import { chunkOf } from '../gather/chunk.js';
import { seriesNames, type SeriesName } from '../gather/cubes.js';
import { Gathered } from '../gather/gathered.js';
import { windowNames, windows, type LookData, type WindowName } from '../gather/live-data.js';
import { columnsFor, numbersOf, type ColumnFinder } from '../gather/roles.js';
import { tell, type Timed, type Told } from '../gather/told.js';
import { SeriesBin, timedOf } from './series-bins.js';
import { TimeRing } from './time-ring.js';

/** Sums other than those over time are made in steps of these. */
const slots: Readonly<Record<WindowName, { readonly widthMs: number; readonly count: number }>> = {
  minute: { widthMs: 5000, count: 12 },
  hour: { widthMs: 300_000, count: 12 },
  day: { widthMs: 3_600_000, count: 24 },
};
const shortestSlotMs = slots.minute.widthMs;

/** Cells of each of the sums in a slot. */
const mostCells = 1024;

/** Flows that end in a second and are all looked at; beyond that, one of so many is. */
const mostEnded = 2000;
const sampledEnded = 16;

/** How much of what a report shows a page is told: a few hundred hosts, pairs and names. */
const share = 0.05;

/** For what is told over time alone. */
const nothingElse = new Gathered(1);

interface View {
  readonly bins: TimeRing<SeriesBin>;
  readonly slots: TimeRing<Gathered>;
  /** The sum of its slots, and when it was made, by how many slots were closed by then. */
  sum: Gathered | null;
  madeAt: number;
}

/**
 * The figures of a run that goes on: a minute, an hour and a day back, in bounded memory. Bytes and packets are counted when they come, by the columns new_packets and new_bytes (`increments`), and a
 * flow when its first packets do; what only whole flows tell (their duration, size and rate, how TCP went), when they end.
 */
export class LiveFigures implements TextUser {
  readonly #texts = new SharedTexts([this]);
  readonly #views = Object.fromEntries(windowNames.map((name) => [name, viewOf(name)])) as Record<WindowName, View>;
  /** What came since the last tick, and since the last slot was closed. */
  readonly #bin = new SeriesBin();
  readonly #slot = new Gathered(mostCells);
  #slotNumber = -1;
  /** When the last second was over, and when something was last sampled. */
  #nowMs = 0;
  #sampledAt = -Infinity;
  /** Flows that have ended in the second under way. */
  #ended = 0;
  #closed = 0;

  /**
   * Adds a batch of rows of flows that are open: what is new in them.
   * @param threshold a row with fewer new bytes stands for so many, of others like it
   */
  add(batch: FlowBatch, threshold: number): void {
    this.#add(batch, (bytes) => (bytes < threshold ? threshold / Math.max(1, bytes) : 1), false);
    if (threshold > 0) this.#sampledAt = this.#nowMs;
  }

  /** Adds a batch of rows of flows that are over: what is new in them, and what only whole flows tell. Of very many in a second, some stand for all. */
  addEnded(batch: FlowBatch): void {
    const every = this.#ended < mostEnded ? 1 : sampledEnded;
    this.#ended += batch.length;
    this.#add(batch, (_, row) => (row % every === 0 ? every : 0), true);
    if (every > 1) this.#sampledAt = this.#nowMs;
  }

  /** Whether what a window shows is estimated from samples. */
  estimated(name: WindowName): boolean {
    return this.#nowMs - this.#sampledAt <= windows[name].binMs * windows[name].bins;
  }

  #add(batch: FlowBatch, weightOf: (newBytes: number, row: number) => number, ended: boolean): void {
    if (batch.length === 0) return;
    this.#texts.tidy();
    const find = finderOf(batch);
    const { texts } = this.#texts;
    const traffic = trafficOf(find, batch.length, weightOf);
    if (traffic === null && !ended) return;
    const chunk = chunkOf(find, 0, batch.length, texts);
    if (traffic !== null) {
      const fresh = { ...chunk, amounts: { ...chunk.amounts, ...traffic.amounts }, flows: traffic.flows };
      this.#bin.add(fresh, traffic.left);
      this.#slot.addTraffic(fresh, texts, { left: traffic.left, bits: {} });
    }
    if (!ended) return;
    const flows = Float64Array.from({ length: batch.length }, (_, row) => weightOf(0, row));
    const left = Uint16Array.from(flows, (weight) => (weight === 0 ? 1 : 0));
    this.#slot.addEnded({ ...chunk, flows }, { left, bits: {} });
  }

  /**
   * A second is over: what came belongs to it.
   * @param nowMs when, in milliseconds since the epoch
   * @returns whether there are new sums besides those over time
   */
  tick(nowMs: number): boolean {
    const at = nowMs - windows.minute.binMs / 2;
    this.#nowMs = nowMs;
    this.#ended = 0;
    for (const name of windowNames) this.#views[name].bins.at(at).merge(this.#bin);
    this.#bin.clear();
    const number = Math.floor(at / shortestSlotMs);
    if (this.#slotNumber < 0) this.#slotNumber = number;
    if (number === this.#slotNumber) return false;
    for (const name of windowNames) this.#views[name].slots.at(this.#slotNumber * shortestSlotMs).merge(this.#slot);
    this.#slot.clear();
    this.#slotNumber = number;
    this.#closed++;
    return true;
  }

  /** What a window shows over time. @param part how much of what a report tells: 1 for as many series as it has */
  timelines(name: WindowName, nowMs: number, part = share): LookData['timelines'] {
    return this.#tell(nothingElse, name, nowMs, part).timelines;
  }

  /** What else a window shows. */
  told(name: WindowName, nowMs: number): Omit<Told, 'timelines'> {
    const view = this.#views[name];
    if (view.sum === null || view.madeAt !== this.#closed) {
      view.sum = new Gathered();
      for (const slot of view.slots.upTo(nowMs)) if (slot !== null) view.sum.merge(slot);
      view.madeAt = this.#closed;
    }
    const { timelines, ...told } = this.#tell(view.sum, name, nowMs, share);
    return { ...whole(told), firstMs: nowMs - windows[name].binMs * windows[name].bins, lastMs: nowMs };
  }

  settle(): Iterable<number> {
    const views = windowNames.map((name) => this.#views[name]);
    for (const view of views) view.sum = null; // made anew
    const all = [this.#bin, this.#slot, ...views.flatMap(({ bins, slots: own }) => [...bins.items(), ...own.items()])];
    return new Set(all.flatMap((one) => [...one.settle()]));
  }

  renumber(change: (code: number) => number): void {
    this.#bin.renumber(change);
    this.#slot.renumber(change);
    for (const name of windowNames) for (const one of [...this.#views[name].bins.items(), ...this.#views[name].slots.items()]) one.renumber(change);
  }

  #tell(sum: Gathered, name: WindowName, nowMs: number, part: number): Told {
    const at = nowMs - windows.minute.binMs / 2;
    const timelines = Object.fromEntries(seriesNames.map((division) => [division, timedOf(this.#views[name].bins, division, at)])) as Record<SeriesName, Timed>;
    return tell(sum, this.#texts.texts, part, timelines);
  }
}

function viewOf(name: WindowName): View {
  return {
    bins: new TimeRing(
      windows[name].binMs,
      windows[name].bins,
      () => new SeriesBin(),
      (bin) => bin.clear(),
    ),
    slots: new TimeRing(
      slots[name].widthMs,
      slots[name].count,
      () => new Gathered(mostCells),
      (slot) => slot.clear(),
    ),
    sum: null,
    madeAt: -1,
  };
}

/** What is new in some rows, each times the rows that it stands for. */
interface Traffic {
  readonly amounts: { readonly bytes: Float64Array; readonly packets: Float64Array };
  /** Flows that have begun. */
  readonly flows: Float64Array;
  /** 1 for rows that have nothing new, or for which others stand. */
  readonly left: Uint16Array;
}

/** What is new in some rows; null where nothing is. */
function trafficOf(find: ColumnFinder, length: number, weightOf: (newBytes: number, row: number) => number): Traffic | null {
  const [packetsColumn, bytesColumn] = [find('new_packets'), find('new_bytes')];
  if (packetsColumn === null || bytesColumn === null) return null;
  const packets = numbersOf(packetsColumn, 0, length);
  const bytes = numbersOf(bytesColumn, 0, length);
  const whole = columnsFor('packets', find)?.columns.map((one) => numbersOf(one, 0, length)) ?? [];
  const left = new Uint16Array(length);
  const flows = new Float64Array(length);
  let some = false;
  for (let row = 0; row < length; row++) {
    const weight = weightOf(bytes[row]!, row);
    if (!(packets[row]! > 0) || weight === 0) left[row] = 1;
    else some = true;
    if (packets[row] === whole.reduce((sum, one) => sum + one[row]!, 0)) flows[row] = weight;
    bytes[row]! *= weight;
    packets[row]! *= weight;
  }
  return some ? { amounts: { bytes, packets }, flows, left } : null;
}

/** Sums of samples in whole numbers. */
function whole<Sums extends Omit<Told, 'timelines'>>(told: Sums): Sums {
  const rounded = <One extends { readonly packets: number; readonly flows: number }>(one: One): One => ({
    ...one,
    packets: Math.round(one.packets),
    flows: Math.round(one.flows),
  });
  const tables = Object.fromEntries(
    Object.entries(told.tables).map(([name, table]) => [
      name,
      { ...table, cells: table.cells.map((cell) => rounded({ ...cell, amount: Math.round(cell.amount) })) },
    ]),
  ) as unknown as Told['tables'];
  return { ...rounded(told), bytes: Math.round(told.bytes), tables };
}
