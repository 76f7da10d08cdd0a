import { join } from 'node:path';
import { gatherColumn } from '../flows/columns.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import type { FileLedger } from './file-ledger.js';
import { FileSeries, type FileLimits } from './file-series.js';
import { makeTableFolder } from './folders.js';
import type { Layout } from './layout.js';
import type { FileMaking, WrittenFile } from './output-file.js';
import { PartitionKey } from './partition-key.js';
import { TimeWindows, type Segment } from './time-windows.js';

/** Rows between two looks at the clock. */
const stride = 512;

/**
 * Formats that write many flows at once gather them in memory, for each open file. After so many flows it is looked at how many are gathered; when there are more than
 * the most, the files that are least recently used are closed.
 */
const lookRows = 65_536;
const mostGathered = 262_144;

/** A folder whose file is open, and the rows of the batch at hand that wait to be written to it. */
interface Partition {
  readonly series: FileSeries;
  rows: number[];
}

/**
 * Flows sorted into the folders of a Hive directory tree, each with files `part-0`, `part-1`, ... At most so many folders have an open file; where another
 * one is needed, that of the folder which has had no flow for longest is closed whole, and a later flow of it opens its next part.
 */
export class PartitionedFiles implements Layout {
  readonly rotates = true;
  readonly #root: string;
  readonly #key: PartitionKey;
  readonly #extension: string;
  readonly #mostOpen: number;
  readonly #windows: TimeWindows;
  readonly #limits: FileLimits;
  readonly #making: FileMaking;
  readonly #ledger: FileLedger;
  /** By folder, the least recently used first. */
  readonly #open = new Map<string, Partition>();
  /** The number of the next file, of folders that are not open. */
  readonly #numbers = new Map<string, number>();
  #rows = 0;

  constructor(
    root: string,
    partitionBy: readonly string[],
    extension: string,
    mostOpen: number,
    seconds: number,
    limits: FileLimits,
    making: FileMaking,
    ledger: FileLedger,
  ) {
    this.#root = root;
    this.#key = new PartitionKey(partitionBy);
    this.#extension = extension;
    this.#mostOpen = mostOpen;
    this.#windows = new TimeWindows(seconds, false);
    this.#limits = limits;
    this.#making = making;
    this.#ledger = ledger;
  }

  get flows(): number {
    return this.#sum('flows');
  }

  get bytes(): number {
    return this.#sum('bytes');
  }

  get files(): WrittenFile[] {
    return this.#ledger.files;
  }

  get dueMs(): number {
    return this.#open.size === 0 ? Infinity : this.#windows.endMs;
  }

  open(): Promise<void> {
    return makeTableFolder(this.#root);
  }

  async write(batch: FlowBatch): Promise<void> {
    const columns = this.#key.rest(batch.schema);
    for (const segment of this.#windows.segments(batch)) {
      if (segment.begins) await this.close();
      await this.#sort(batch, segment, columns);
    }
  }

  async close(): Promise<void> {
    for (const folder of [...this.#open.keys()]) await this.#close(folder);
  }

  rotate(): Promise<void> {
    return this.close(); // each part has a number
  }

  async finish(schema: Schema): Promise<void> {
    this.#key.rest(schema);
    await this.close();
  }

  async abort(): Promise<void> {
    const results = await Promise.allSettled([...this.#open.values()].map(({ series }) => series.abort()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  }

  /** Rows wait with their folder, and are written when it is closed or the segment ends: which file a row gets does not depend on batches. */
  async #sort(batch: FlowBatch, { from, to }: Segment, columns: readonly string[]): Promise<void> {
    const folderOf = this.#key.folders(batch);
    const kept = batch.select(columns);
    for (let row = from; row < to && !this.#making.cancelled.aborted; row++) {
      const folder = folderOf(row);
      const known = this.#open.get(folder);
      if (known === undefined && this.#open.size >= this.#mostOpen) {
        const [oldest, partition] = this.#open.entries().next().value!;
        await this.#write(kept, partition);
        await this.#close(oldest);
      }
      const partition = known ?? this.#partition(folder);
      this.#open.delete(folder);
      this.#open.set(folder, partition);
      partition.rows.push(row);
      if (++this.#rows % lookRows === 0) await this.#relieve(kept);
      if (row % stride === 0 && this.#making.turn.over()) await this.#making.turn.next();
    }
    await this.#writeAll(kept);
  }

  /** Bounds the memory of what is gathered. */
  async #relieve(batch: FlowBatch): Promise<void> {
    await this.#writeAll(batch);
    let gathered = 0;
    for (const { series } of this.#open.values()) gathered += series.file?.waiting ?? 0;
    for (const [folder, { series }] of [...this.#open]) {
      if (gathered <= mostGathered || this.#making.cancelled.aborted) return;
      gathered -= series.file?.waiting ?? 0;
      await this.#close(folder);
    }
  }

  async #writeAll(batch: FlowBatch): Promise<void> {
    for (const partition of this.#open.values()) await this.#write(batch, partition);
  }

  #partition(folder: string): Partition {
    const naming = (_ms: number, number: number): string => join(this.#root, folder, `part-${number}${this.#extension}`);
    return { series: new FileSeries(naming, true, this.#limits, this.#making, this.#ledger, this.#numbers.get(folder)), rows: [] };
  }

  async #write(batch: FlowBatch, partition: Partition): Promise<void> {
    const { rows } = partition;
    if (rows.length === 0) return;
    partition.rows = [];
    const own = new FlowBatch(
      batch.schema,
      rows.length,
      batch.columns.map((column) => gatherColumn(column, rows)),
    );
    await partition.series.write(own, 0, own.length, () => 0);
  }

  async #close(folder: string): Promise<void> {
    const { series } = this.#open.get(folder)!;
    await series.close();
    if (this.#making.cancelled.aborted) return; // abort() needs to know it
    this.#open.delete(folder);
    this.#numbers.set(folder, series.number);
  }

  #sum(what: 'flows' | 'bytes'): number {
    let sum = this.#ledger[what];
    for (const { series } of this.#open.values()) sum += series.file?.[what] ?? 0;
    return sum;
  }
}
