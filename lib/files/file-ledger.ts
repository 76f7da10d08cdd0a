import { unlink } from 'node:fs/promises';
import { extname } from 'node:path';
import { FlowError } from '../errors.js';
import { visible } from '../text/visible-text.js';
import type { WrittenFile } from './output-file.js';
import { outputError } from './output-error.js';

/** The files that a run has made: no name is given twice, and where only the last few are kept the oldest is deleted. */
export class FileLedger {
  readonly #keep: number;
  /** Files that are whole, the oldest first. */
  readonly #whole: WrittenFile[] = [];
  /** Their names, and those of files that are being written. */
  readonly #names = new Set<string>();
  /** Names of files that somebody had closed before they were full: the next ones of such a name are told apart by a number. */
  readonly #shared = new Set<string>();
  /** Sums over all files, deleted ones too. */
  flows = 0;
  bytes = 0;

  /** @param keep files that stay; Infinity keeps all */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** The files that are whole and were not deleted, in the order in which they were finished. */
  get files(): WrittenFile[] {
    return this.#whole.map((file) => ({ ...file }));
  }

  /**
   * Takes a name for a new file.
   * @returns the name, with a number before its ending (`flows-1200-1.csv`) where it was shared
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_NAMES when a file of this run has it
   */
  claim(path: string): string {
    const claimed = this.#shared.has(path) ? this.#numbered(path) : path;
    if (this.#names.has(claimed)) {
      throw new FlowError(
        'ERR_NFSTREAM_OUTPUT_NAMES',
        `The pattern of names gives ${visible(path)} twice; put {n} into it, or a time as fine as the rotation. Files before it are whole.`,
        { file: path },
      );
    }
    this.#names.add(claimed);
    return claimed;
  }

  /** A file of this name is closed because somebody asks for it. */
  share(path: string): void {
    this.#shared.add(path);
  }

  /** The first name that no file of this run has had. */
  #numbered(path: string): string {
    const ending = extname(path);
    for (let number = 1; ; number++) {
      const name = `${path.slice(0, path.length - ending.length)}-${number}${ending}`;
      if (this.#names.has(name)) continue;
      return name;
    }
  }

  /** Notes a file that is whole, and deletes what is not kept any more. */
  async add({ path, flows, bytes }: WrittenFile): Promise<void> {
    this.flows += flows;
    this.bytes += bytes;
    this.#whole.push({ path, flows, bytes });
    while (this.#whole.length > this.#keep) await this.#delete(this.#whole.shift()!.path);
  }

  async #delete(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (cause) {
      // Whoever takes files away as they appear may have been faster.
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw outputError(path, cause);
    }
    if (!this.#shared.has(path)) this.#names.delete(path);
  }
}
