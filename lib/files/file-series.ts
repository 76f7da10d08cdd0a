import { dirname } from 'node:path';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import type { FileLedger } from './file-ledger.js';
import { makeFolder } from './folders.js';
import { OutputFile, type FileMaking } from './output-file.js';

/** When a file is full. */
export interface FileLimits {
  /** Infinity for no limit. */
  readonly flows: number;
  readonly bytes: number;
}

/** Gives the name of a series' next file. @param ms time of its first flow or of its window */
export type Naming = (ms: number, number: number) => string;

/** Files that are written one after the other, at most one at a time: a new one when a limit is reached, or after `close()`. */
export class FileSeries {
  readonly #naming: Naming;
  readonly #makeFolders: boolean;
  readonly #limits: FileLimits;
  readonly #making: FileMaking;
  readonly #ledger: FileLedger;
  #file: OutputFile | null = null;
  #schema: Schema | null = null;
  #opening: Promise<unknown> = Promise.resolve();
  #number: number;

  /** @param makeFolders whether folders of a name that do not exist are made, @param number of the first file */
  constructor(naming: Naming, makeFolders: boolean, limits: FileLimits, making: FileMaking, ledger: FileLedger, number = 0) {
    this.#naming = naming;
    this.#makeFolders = makeFolders;
    this.#limits = limits;
    this.#making = making;
    this.#ledger = ledger;
    this.#number = number;
  }

  /** The number of the next file: how many there were, from the first on. */
  get number(): number {
    return this.#number;
  }

  /** The file that is being written. */
  get file(): OutputFile | null {
    return this.#file;
  }

  /** Opens the next file. @param ms the time in its name */
  async begin(ms: number): Promise<OutputFile> {
    const path = this.#ledger.claim(this.#naming(ms, this.#number));
    this.#number++;
    const opening = this.#openAt(path);
    this.#opening = opening.catch(() => {});
    return (this.#file = await opening);
  }

  /** Writes rows `from` to `to` (exclusive). @param msOf the time of a row, for the names of files */
  async write(batch: FlowBatch, from: number, to: number, msOf: (row: number) => number): Promise<void> {
    this.#schema = batch.schema;
    const { flows, bytes } = this.#limits;
    for (let row = from; row < to && !this.#making.cancelled.aborted;) {
      const file = this.#file ?? (await this.begin(msOf(row)));
      const step = stepFor(file, bytes);
      // Sizes are looked at after whole steps of the file's rows only, so that they don't depend on how flows arrived.
      const end = Math.min(to, row + flows - file.flows, row + step - (file.flows % step));
      await file.write(batch, row, end);
      row = end;
      if (file.flows >= flows || (file.flows % step === 0 && file.bytes >= bytes)) await this.close();
    }
  }

  /** Makes the open file, if there is one, whole. @param schema of a file without rows */
  async close(schema = this.#schema): Promise<void> {
    const file = this.#file;
    if (file === null || schema === null || !(await file.commit(schema))) return;
    this.#file = null;
    await this.#ledger.add(file);
  }

  /** Gives up the open file, and one that is being opened. */
  async abort(): Promise<void> {
    await this.#opening;
    await this.#file?.abort();
    this.#file = null;
  }

  async #openAt(path: string): Promise<OutputFile> {
    if (this.#makeFolders) await makeFolder(dirname(path));
    const file = await OutputFile.open(path, this.#making);
    if (!this.#making.cancelled.aborted) return file;
    await file.abort();
    return file;
  }
}

/** Rows between two looks at a file's size: fewer where files are small. */
function stepFor(file: OutputFile, bytes: number): number {
  return bytes === Infinity ? Infinity : Math.max(1, Math.min(file.stride, Math.floor(bytes / 1024)));
}
