import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import type { FileLedger } from './file-ledger.js';
import { FileSeries, type FileLimits } from './file-series.js';
import type { Layout } from './layout.js';
import type { NamePattern } from './name-pattern.js';
import type { FileMaking, WrittenFile } from './output-file.js';
import { TimeWindows } from './time-windows.js';

/** All flows in files that follow one another. A run without flows gives one file, named by the wall's time, as there is no other. */
export class RotatingFiles implements Layout {
  readonly rotates = true;
  readonly #windows: TimeWindows;
  readonly #series: FileSeries;
  readonly #ledger: FileLedger;

  constructor(pattern: NamePattern, seconds: number, limits: FileLimits, making: FileMaking, ledger: FileLedger) {
    this.#windows = new TimeWindows(seconds, pattern.hasTime);
    this.#series = new FileSeries((ms, number) => pattern.name(ms, number), pattern.hasFolders, limits, making, ledger);
    this.#ledger = ledger;
  }

  get flows(): number {
    return this.#ledger.flows + (this.#series.file?.flows ?? 0);
  }

  get bytes(): number {
    return this.#ledger.bytes + (this.#series.file?.bytes ?? 0);
  }

  get files(): WrittenFile[] {
    return this.#ledger.files;
  }

  get dueMs(): number {
    return this.#series.file === null ? Infinity : this.#windows.endMs;
  }

  async open(): Promise<void> {}

  async write(batch: FlowBatch): Promise<void> {
    for (const { from, to, begins, msOf } of this.#windows.segments(batch)) {
      if (begins) await this.#series.close();
      await this.#series.write(batch, from, to, msOf);
    }
  }

  async close(): Promise<void> {
    await this.#series.close();
  }

  async rotate(): Promise<void> {
    const file = this.#series.file;
    if (file !== null) this.#ledger.share(file.path);
    await this.#series.close();
  }

  async finish(schema: Schema): Promise<void> {
    if (this.#series.number === 0) await this.#series.begin(Date.now());
    await this.#series.close(schema);
  }

  async abort(): Promise<void> {
    await this.#series.abort();
  }
}
