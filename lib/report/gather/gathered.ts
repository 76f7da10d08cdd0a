import { durationsOf, nothing, type Chunk } from './chunk.js';
import { Cube } from './cube.js';
import { cubeNames, cubes, seriesNames, textKeys, type CubeName, type Dimension, type SeriesName } from './cubes.js';
import { classOf } from './scale.js';
import { Timeline } from './timeline.js';
import type { Texts } from '../../text/texts.js';

/** Which flows of a chunk are meant: a row has a bit for each filter that leaves it out. */
export interface Kept {
  readonly left: Uint16Array;
  /** Filters' bits by the dimensions that they are of. */
  readonly bits: Readonly<Partial<Record<Dimension, number>>>;
}

/** TCP's number among the protocols. */
export const tcp = 6;

/** What the figures show, added up chunk by chunk in bounded memory. */
export class Gathered {
  flows = 0;
  bytes = 0;
  packets = 0;
  /** Time of the first and of the last packet in milliseconds; Infinity and -Infinity where no column tells. */
  firstMs = Infinity;
  lastMs = -Infinity;
  readonly timelines: Readonly<Record<SeriesName, Timeline>> = { application: new Timeline(), category: new Timeline(), protocol: new Timeline() };
  readonly cubes: Readonly<Record<CubeName, Cube>>;

  /** @param limit cells of each of the sums at most, where that is less than they may have anyway */
  constructor(limit = Infinity) {
    this.cubes = Object.fromEntries(cubeNames.map((name) => [name, new Cube(cubes[name].keys.length, Math.min(limit, cubes[name].limit))])) as Record<
      CubeName,
      Cube
    >;
  }

  /**
   * Adds a chunk of whole flows, whose texts are of `texts`.
   * @param kept which of its flows; all of them without it
   * @param counted told for each flow how many there are by now of its protocol, port and application
   */
  add(chunk: Chunk, texts: Texts, kept: Kept | null = null, counted: ((row: number, flows: number) => void) | null = null): void {
    const { codes, amounts, flows } = valuesOf(chunk);
    const rows = rowsOf(chunk.length, kept);
    for (const name of seriesNames)
      this.#overTime(rows(['time']), this.timelines[name], codes[name], amounts.bytes, amounts.packets, amounts.first, amounts.last);
    this.#addTraffic({ length: chunk.length, codes, amounts, flows }, rows, texts, counted);
    this.#addEnded({ length: chunk.length, codes, amounts, flows }, rows, chunk.amounts.bytes !== undefined);
  }

  /** Adds what has come of flows, which need not be over: everything but what only a whole flow tells, and nothing over time. */
  addTraffic(chunk: Chunk, texts: Texts, kept: Kept | null = null): void {
    this.#addTraffic(valuesOf(chunk), rowsOf(chunk.length, kept), texts, null);
  }

  /** Adds what only whole flows tell: how long, large and fast they were, and how TCP went. */
  addEnded(chunk: Chunk, kept: Kept | null = null): void {
    this.#addEnded(valuesOf(chunk), rowsOf(chunk.length, kept), chunk.amounts.bytes !== undefined);
  }

  /** Adds the sums of others, but not those over time. Their texts must be the same. */
  merge(others: Gathered): void {
    this.flows += others.flows;
    this.bytes += others.bytes;
    this.packets += others.packets;
    this.firstMs = Math.min(this.firstMs, others.firstMs);
    this.lastMs = Math.max(this.lastMs, others.lastMs);
    for (const name of cubeNames) this.cubes[name].merge(others.cubes[name]);
  }

  /** Forgets everything but what is over time. */
  clear(): void {
    this.flows = this.bytes = this.packets = 0;
    [this.firstMs, this.lastMs] = [Infinity, -Infinity];
    for (const name of cubeNames) this.cubes[name].clear();
  }

  #addTraffic(chunk: Values, rows: Rows, texts: Texts, counted: ((row: number, flows: number) => void) | null): void {
    const { codes, amounts, flows } = chunk;
    const { bytes, packets } = amounts;
    const application = codes.application ?? new Int32Array(chunk.length);
    this.#total(rows([]), chunk);
    const by = (name: CubeName, a: Int32Array | undefined, b: Int32Array, skipped: number | null): void => {
      if (a === undefined) return;
      const cube = this.cubes[name];
      for (const row of rows(cubes[name].own)) if (a[row] !== skipped) cube.add(a[row]!, b[row]!, 0, bytes[row]!, packets[row]!, flows[row]!);
    };
    if (codes.application !== undefined) by('applications', application, codes.category ?? new Int32Array(chunk.length), null);
    by('protocols', codes.protocol, application, nothing);
    by('tlsVersions', codes.tlsVersion, application, 0);
    by('ja4s', codes.ja4, application, 0);
    by('serverNames', codes.serverName, application, 0);
    by('dnsCodes', codes.dnsCode, application, nothing);
    this.#talk(rows, chunk, application);
    this.#ports(rows(cubes.ports.own), chunk, application, counted);
    this.#names(rows, chunk, application);
    this.#risks(rows(cubes.risks.own), chunk, texts, application);
  }

  #addEnded(chunk: Values, rows: Rows, sized: boolean): void {
    const application = chunk.codes.application ?? new Int32Array(chunk.length);
    this.#distribute(rows([]), chunk, application, sized);
    this.#transport(rows, chunk, application);
  }

  /** Gives up cells until each of the sums has half of what it may have, so that few texts are in use. @returns the numbers of texts in use */
  settle(): Set<number> {
    const used = new Set<number>();
    for (const name of cubeNames) {
      const cube = this.cubes[name];
      cube.shrink(cube.limit >> 2);
      cubes[name].keys.forEach((key, column) => {
        if (textKeys.has(key)) for (let at = 0; at < cube.size; at++) used.add(cube.keys[at * cube.width + column]!);
      });
    }
    for (const name of seriesNames) if (textKeys.has(name)) for (const series of this.timelines[name].series.keys()) used.add(series);
    return used;
  }

  /** Changes the numbers of texts. */
  renumber(change: (code: number) => number): void {
    for (const name of cubeNames)
      this.cubes[name].renumber(
        cubes[name].keys.map((key) => textKeys.has(key)),
        change,
      );
    for (const name of seriesNames) if (textKeys.has(name)) this.timelines[name].renumber(change);
  }

  #total(rows: Int32Array, { amounts: { bytes, packets, first, last }, flows }: Values): void {
    for (const row of rows) {
      this.flows += flows[row]!;
      this.bytes += bytes[row]!;
      this.packets += packets[row]!;
      if (first !== undefined && first[row]! > 0 && first[row]! < this.firstMs) this.firstMs = first[row]!;
      if (last !== undefined && last[row]! > 0 && last[row]! > this.lastMs) this.lastMs = last[row]!;
    }
  }

  #overTime(
    rows: Int32Array,
    timeline: Timeline,
    series: Int32Array | undefined,
    bytes: Float64Array,
    packets: Float64Array,
    first: Float64Array | undefined,
    last: Float64Array | undefined,
  ): void {
    if (first === undefined) return;
    for (const row of rows) {
      const end = last === undefined || !(last[row]! > 0) ? first[row]! : last[row]!;
      if (first[row]! > 0) timeline.add(series?.[row] ?? 0, first[row]!, end, bytes[row]!, packets[row]!);
    }
  }

  #talk(rows: Rows, { codes: { source, destination }, amounts: { bytes, packets }, flows }: Values, application: Int32Array): void {
    const { hosts, pairs } = this.cubes;
    for (const row of rows(cubes.hosts.own)) {
      const [size, times, counts] = [bytes[row]!, packets[row]!, flows[row]!];
      if (source !== undefined) hosts.add(source[row]!, application[row]!, 0, size, times, counts);
      if (destination !== undefined && destination[row] !== source?.[row]) hosts.add(destination[row]!, application[row]!, 0, size, times, counts);
    }
    if (source === undefined || destination === undefined) return;
    for (const row of rows(cubes.pairs.own)) pairs.add(source[row]!, destination[row]!, application[row]!, bytes[row]!, packets[row]!, flows[row]!);
  }

  #distribute(rows: Int32Array, chunk: Values, application: Int32Array, sized: boolean): void {
    const { durations, sizes, rates } = this.cubes;
    const { bytes, packets } = chunk.amounts;
    const lengths = durationsOf(chunk);
    for (const row of rows) {
      const [size, flows] = [bytes[row]!, chunk.flows[row]!];
      const [sum, times] = [flows * size, flows * packets[row]!];
      if (sized) sizes.add(classOf(size), application[row]!, 0, sum, times, flows);
      const duration = lengths[row]!;
      if (Number.isNaN(duration)) continue;
      durations.add(classOf(duration), application[row]!, 0, sum, times, flows);
      if (duration > 0 && sized) rates.add(classOf((size * 1000) / duration), application[row]!, 0, sum, times, flows);
    }
  }

  #ports(
    rows: Int32Array,
    { codes: { protocol, port }, amounts: { bytes, packets }, flows }: Values,
    application: Int32Array,
    counted: ((row: number, flows: number) => void) | null,
  ): void {
    if (protocol === undefined || port === undefined) return;
    for (const row of rows) {
      const known = this.cubes.ports.add(protocol[row]!, port[row]!, application[row]!, bytes[row]!, packets[row]!, flows[row]!);
      counted?.(row, known);
    }
  }

  #transport(rows: Rows, { codes: { protocol, tcpState }, amounts, flows }: Values, application: Int32Array): void {
    const { tcpStates, retransmissions } = this.cubes;
    const { bytes, packets, retransmissions: again } = amounts;
    if (tcpState !== undefined)
      for (const row of rows(cubes.tcpStates.own))
        if (protocol?.[row] === tcp && tcpState[row] !== 0)
          tcpStates.add(tcpState[row]!, application[row]!, 0, flows[row]! * bytes[row]!, flows[row]! * packets[row]!, flows[row]!);
    if (again === undefined) return;
    for (const row of rows(cubes.retransmissions.own))
      if (again[row]! >= 0) retransmissions.add(application[row]!, 0, 0, flows[row]! * again[row]!, flows[row]! * packets[row]!, flows[row]!);
  }

  #names(rows: Rows, { codes: { dnsName, dnsCode }, amounts: { bytes, packets }, flows }: Values, application: Int32Array): void {
    if (dnsName === undefined) return;
    for (const row of rows(cubes.dnsNames.own))
      if (dnsName[row] !== 0) this.cubes.dnsNames.add(dnsName[row]!, dnsCode?.[row] ?? nothing, application[row]!, bytes[row]!, packets[row]!, flows[row]!);
  }

  #risks(rows: Int32Array, { codes: { risks }, amounts: { bytes, packets, riskScore }, flows }: Values, texts: Texts, application: Int32Array): void {
    if (risks === undefined) return;
    for (const row of rows) {
      if (risks[row] === 0) continue;
      const score = riskScore?.[row] ?? Infinity;
      for (const risk of texts.partsOf(risks[row]!)) this.cubes.risks.add(risk, application[row]!, 0, bytes[row]!, packets[row]!, flows[row]!, score);
    }
  }
}

/** A chunk in which what no column tells is 0, and which says of how many flows each row is. */
interface Values {
  readonly length: number;
  readonly codes: Chunk['codes'];
  readonly amounts: Chunk['amounts'] & { readonly bytes: Float64Array; readonly packets: Float64Array };
  readonly flows: Float64Array;
}

function valuesOf({ length, codes, amounts, flows }: Chunk): Values {
  const told = { ...amounts, bytes: amounts.bytes ?? new Float64Array(length), packets: amounts.packets ?? new Float64Array(length) };
  return { length, codes, amounts: told, flows: flows ?? new Float64Array(length).fill(1) };
}

/** The rows that every filter keeps but those of these dimensions. */
type Rows = (own: readonly Dimension[]) => Int32Array;

function rowsOf(length: number, kept: Kept | null): Rows {
  const made = new Map<number, Int32Array>();
  return (own) => {
    let ignored = 0;
    if (kept !== null) for (const dimension of own) ignored |= kept.bits[dimension] ?? 0;
    let rows = made.get(ignored);
    if (rows !== undefined) return rows;
    rows = new Int32Array(length);
    let count = 0;
    for (let row = 0; row < length; row++) if (kept === null || (kept.left[row]! & ~ignored) === 0) rows[count++] = row;
    made.set(ignored, (rows = rows.subarray(0, count)));
    return rows;
  };
}
