import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import type { Layout } from './layout.js';
import { OutputFile, type FileMaking } from './output-file.js';

/** All flows in one file, which is opened before the first flow. */
export class SingleFile implements Layout {
  readonly dueMs = Infinity;
  readonly files = null;
  readonly rotates = false;
  readonly #path: string;
  readonly #making: FileMaking;
  #file: OutputFile | null = null;
  #whole = false;

  constructor(path: string, making: FileMaking) {
    this.#path = path;
    this.#making = making;
  }

  get flows(): number {
    return this.#file?.flows ?? 0;
  }

  get bytes(): number {
    return this.#file?.bytes ?? 0;
  }

  async open(): Promise<void> {
    this.#file = await OutputFile.open(this.#path, this.#making);
  }

  async write(batch: FlowBatch): Promise<void> {
    await this.#file!.write(batch, 0, batch.length);
  }

  async close(): Promise<void> {}

  async rotate(): Promise<void> {}

  async finish(schema: Schema): Promise<void> {
    this.#whole = await this.#file!.commit(schema);
  }

  async abort(): Promise<void> {
    if (!this.#whole) await this.#file?.abort();
  }
}
