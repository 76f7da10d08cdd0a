import { FlowError, type FlowErrorCode } from '../errors.js';

/** Names the place of what is wrong in an input. */
export class RowErrors {
  readonly #file: string | null;
  readonly #name: string;
  /** Rows that were read. */
  rows = 0;

  /** @param name how a message names the input */
  constructor(file: string | null, name: string) {
    this.#file = file;
    this.#name = name;
  }

  /** What is wrong with the row behind those that were read, which begins at this byte. */
  inRow(code: FlowErrorCode, what: string, offset: number, cause?: unknown): FlowError {
    const row = this.rows + 1;
    return this.#error(code, `in row ${row} (at byte ${offset}) ${what}`, { row, offset, cause });
  }

  /** What is wrong with the input as a whole. */
  inInput(code: FlowErrorCode, what: string, offset = 0, cause?: unknown): FlowError {
    return this.#error(code, what, { offset, cause });
  }

  #error(code: FlowErrorCode, what: string, place: { row?: number; offset: number; cause?: unknown }): FlowError {
    return new FlowError(code, `${this.#name}: ${what}.`, { ...place, ...(this.#file !== null && { file: this.#file }) });
  }
}
