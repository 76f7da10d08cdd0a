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
  readonly cubes = Object.fromEntries(cubeNames.map((name) => [name, new Cube(cubes[name].keys.length, cubes[name].limit)])) as Record<CubeName, Cube>;

  /**
   * Adds a chunk, whose texts are of `texts`.
   * @param kept which of its flows; all of them without it
   * @param counted told for each flow how many there are by now of its protocol, port and application
   */
  add(chunk: Chunk, texts: Texts, kept: Kept | null = null, counted: ((row: number, flows: number) => void) | null = null): void {
    const { codes, amounts } = chunk;
    const rows = rowsOf(chunk.length, kept);
    const bytes = amounts.bytes ?? new Float64Array(chunk.length);
    const packets = amounts.packets ?? new Float64Array(chunk.length);
    const application = codes.application ?? new Int32Array(chunk.length);
    this.#total(rows([]), bytes, packets, amounts.first, amounts.last);
    for (const name of seriesNames) this.#overTime(rows(['time']), this.timelines[name], codes[name], bytes, packets, amounts.first, amounts.last);
    const by = (name: CubeName, a: Int32Array | undefined, b: Int32Array, skipped: number | null): void => {
      if (a === undefined) return;
      const cube = this.cubes[name];
      for (const row of rows(cubes[name].own)) if (a[row] !== skipped) cube.add(a[row]!, b[row]!, 0, bytes[row]!, packets[row]!);
    };
    if (codes.application !== undefined) by('applications', application, codes.category ?? new Int32Array(chunk.length), null);
    by('protocols', codes.protocol, application, nothing);
    by('tlsVersions', codes.tlsVersion, application, 0);
    by('ja4s', codes.ja4, application, 0);
    by('serverNames', codes.serverName, application, 0);
    by('dnsCodes', codes.dnsCode, application, nothing);
    this.#talk(rows, codes, application, bytes, packets);
    this.#distribute(rows([]), chunk, application, bytes, packets);
    this.#ports(rows(cubes.ports.own), codes, application, bytes, packets, counted);
    this.#transport(rows, chunk, application, bytes, packets);
    this.#names(rows, codes, application, bytes, packets);
    this.#risks(rows(cubes.risks.own), chunk, texts, application, bytes, packets);
  }

  /** Gives up cells until each of the sums has half of what it may have, so that few texts are in use. @returns the numbers of texts in use */
  settle(): Set<number> {
    const used = new Set<number>();
    for (const name of cubeNames) {
      const cube = this.cubes[name];
      cube.shrink(cubes[name].limit >> 2);
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

  #total(rows: Int32Array, bytes: Float64Array, packets: Float64Array, first: Float64Array | undefined, last: Float64Array | undefined): void {
    this.flows += rows.length;
    for (const row of rows) {
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

  #talk(rows: Rows, { source, destination }: Chunk['codes'], application: Int32Array, bytes: Float64Array, packets: Float64Array): void {
    const { hosts, pairs } = this.cubes;
    for (const row of rows(cubes.hosts.own)) {
      if (source !== undefined) hosts.add(source[row]!, application[row]!, 0, bytes[row]!, packets[row]!);
      if (destination !== undefined && destination[row] !== source?.[row]) hosts.add(destination[row]!, application[row]!, 0, bytes[row]!, packets[row]!);
    }
    if (source === undefined || destination === undefined) return;
    for (const row of rows(cubes.pairs.own)) pairs.add(source[row]!, destination[row]!, application[row]!, bytes[row]!, packets[row]!);
  }

  #distribute(rows: Int32Array, chunk: Chunk, application: Int32Array, bytes: Float64Array, packets: Float64Array): void {
    const { durations, sizes, rates } = this.cubes;
    const lengths = durationsOf(chunk);
    for (const row of rows) {
      const size = bytes[row]!;
      if (chunk.amounts.bytes !== undefined) sizes.add(classOf(size), application[row]!, 0, size, packets[row]!);
      const duration = lengths[row]!;
      if (Number.isNaN(duration)) continue;
      durations.add(classOf(duration), application[row]!, 0, size, packets[row]!);
      if (duration > 0 && chunk.amounts.bytes !== undefined) rates.add(classOf((size * 1000) / duration), application[row]!, 0, size, packets[row]!);
    }
  }

  #ports(
    rows: Int32Array,
    { protocol, port }: Chunk['codes'],
    application: Int32Array,
    bytes: Float64Array,
    packets: Float64Array,
    counted: ((row: number, flows: number) => void) | null,
  ): void {
    if (protocol === undefined || port === undefined) return;
    for (const row of rows) {
      const flows = this.cubes.ports.add(protocol[row]!, port[row]!, application[row]!, bytes[row]!, packets[row]!);
      counted?.(row, flows);
    }
  }

  #transport(rows: Rows, { codes, amounts }: Chunk, application: Int32Array, bytes: Float64Array, packets: Float64Array): void {
    const { tcpStates, retransmissions } = this.cubes;
    const { protocol, tcpState } = codes;
    const again = amounts.retransmissions;
    if (tcpState !== undefined)
      for (const row of rows(cubes.tcpStates.own))
        if (protocol?.[row] === tcp && tcpState[row] !== 0) tcpStates.add(tcpState[row]!, application[row]!, 0, bytes[row]!, packets[row]!);
    if (again === undefined) return;
    for (const row of rows(cubes.retransmissions.own)) if (again[row]! >= 0) retransmissions.add(application[row]!, 0, 0, again[row]!, packets[row]!);
  }

  #names(rows: Rows, { dnsName, dnsCode }: Chunk['codes'], application: Int32Array, bytes: Float64Array, packets: Float64Array): void {
    if (dnsName === undefined) return;
    for (const row of rows(cubes.dnsNames.own))
      if (dnsName[row] !== 0) this.cubes.dnsNames.add(dnsName[row]!, dnsCode?.[row] ?? nothing, application[row]!, bytes[row]!, packets[row]!);
  }

  #risks(rows: Int32Array, { codes, amounts }: Chunk, texts: Texts, application: Int32Array, bytes: Float64Array, packets: Float64Array): void {
    const { risks } = codes;
    if (risks === undefined) return;
    for (const row of rows) {
      if (risks[row] === 0) continue;
      const score = amounts.riskScore?.[row] ?? Infinity;
      for (const risk of texts.partsOf(risks[row]!)) this.cubes.risks.add(risk, application[row]!, 0, bytes[row]!, packets[row]!, 1, score);
    }
  }
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
