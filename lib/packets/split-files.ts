import { dirname } from 'node:path';
import type { CaptureNotes } from '../capture/index.js';
import { refuseInputs, sameOutputs } from '../files/output-check.js';
import { outputError } from '../files/output-error.js';
import { makeFolder } from '../files/folders.js';
import { openSink } from '../files/sink/open-sink.js';
import type { Sink } from '../files/sink/sink.js';
import { FlowError } from '../errors.js';
import type { HookPacket } from '../plugins/index.js';
import { visible } from '../text/visible-text.js';
import { PacketBlocks } from './packet-blocks.js';
import type { PacketOutput } from './packet-output.js';

/** Memory of packets that wait, of all files together. */
const mostWaiting = 32 << 20;

/** Files that are written, or get their names, at once: each has a descriptor open. */
const atOnce = 16;

/** Bytes of secrets in one file, and in all together, at most: each file has all of them, as nothing tells whose they are. */
const mostSecrets = 1 << 20;
const mostSecretsOfAll = 256 << 20;

/** Where the files are, and what there may not be. */
export interface SplitOptions {
  /** The path of each flow's file by its `id`. */
  readonly paths: ReadonlyMap<number, string>;
  readonly clobber: boolean;
  /** The files that are read, none of which may be written. */
  readonly inputs: readonly string[];
  /** Other files of the run. */
  readonly outputs: readonly string[];
  readonly cancelled: AbortSignal;
  /** What the captures say beside their packets. */
  readonly notes: CaptureNotes;
}

/** A file under way. */
interface SplitFile {
  readonly path: string;
  readonly blocks: PacketBlocks;
  /** Null before it was first written. */
  sink: Sink | null;
  /** Bytes of its secrets. */
  secretBytes: number;
}

/**
 * pcapng files of packets, each of one flow or some. What is added waits in memory; when that is much every file is opened in turn, gets what waits for it and is closed again, so that few
 * descriptors are open however many files there are. They get their names when all are whole.
 */
export class SplitPacketFiles implements PacketOutput {
  readonly #options: SplitOptions;
  /** By path. */
  readonly #files = new Map<string, SplitFile>();
  /** By the flow's id. */
  readonly #fileOf = new Map<number, SplitFile>();
  readonly #folders = new Set<string>();
  readonly #mostWaiting: number;
  #waiting = new Set<SplitFile>();
  #waitingBytes = 0;
  /** What is under way. */
  #work: Promise<void> = Promise.resolve();
  readonly #abort = new AbortController();
  readonly #cancelled: AbortSignal;
  #secretBytes = 0;
  packets = 0;
  secretsLeftOut = 0;

  private constructor(options: SplitOptions, waiting: number) {
    this.#options = options;
    this.#mostWaiting = waiting;
    this.#cancelled = AbortSignal.any([options.cancelled, this.#abort.signal]);
  }

  /**
   * @param waiting bytes that wait in memory at most, about
   * @throws {FlowError} ERR_NFSTREAM_OUTPUT_IS_INPUT, ERR_NFSTREAM_OUTPUT_NAMES
   */
  static async of(options: SplitOptions, waiting = mostWaiting): Promise<SplitPacketFiles> {
    const paths = [...new Set(options.paths.values())];
    const same = sameOutputs([...options.outputs, ...paths]);
    if (same !== null) {
      const [one, other] = [visible(same[0]), visible(same[1])];
      throw new FlowError('ERR_NFSTREAM_OUTPUT_NAMES', `${one} and ${other} would be one file; give the files of flows other names.`, { file: same[1] });
    }
    await refuseInputs(paths, options.inputs);
    return new SplitPacketFiles(options, waiting);
  }

  add(packet: HookPacket, id: number): void {
    const file = this.#fileOf.get(id) ?? this.#begin(id);
    const before = file.blocks.bytes;
    file.blocks.add(packet, id);
    this.#waitingBytes += file.blocks.bytes - before;
    this.#waiting.add(file);
    this.packets++;
  }

  async drain(all = false): Promise<void> {
    if (this.#waitingBytes < this.#mostWaiting && !all) return;
    const files = this.#waiting;
    this.#waiting = new Set();
    this.#waitingBytes = 0;
    await this.#each(files, async (file) => {
      await this.#write(file);
      await file.sink!.rest?.();
    });
  }

  async commit(): Promise<void> {
    await this.drain(true);
    await this.#each(this.#files.values(), async (file) => {
      await this.#write(file); // secrets may have come behind its packets
      await file.sink!.commit();
    });
    this.#cancelled.throwIfAborted();
  }

  async abort(): Promise<void> {
    this.#abort.abort();
    await this.#work.catch(() => {}); // told to whoever waits for it
    for (const { sink } of this.#files.values()) await sink?.abort();
  }

  #begin(id: number): SplitFile {
    const path = this.#options.paths.get(id)!;
    let file = this.#files.get(path);
    if (file === undefined) this.#files.set(path, (file = { path, blocks: new PacketBlocks(this.#options.notes), sink: null, secretBytes: 0 }));
    this.#fileOf.set(id, file);
    return file;
  }

  async #write(file: SplitFile): Promise<void> {
    const bytes = file.blocks.take((size) => this.#takesSecrets(file, size));
    file.sink ??= await this.#open(file.path);
    if (bytes.length > 0) await file.sink.write(bytes);
  }

  #takesSecrets(file: SplitFile, size: number): boolean {
    if (file.secretBytes + size > mostSecrets || this.#secretBytes + size > mostSecretsOfAll) {
      this.secretsLeftOut++;
      return false;
    }
    file.secretBytes += size;
    this.#secretBytes += size;
    return true;
  }

  async #open(path: string): Promise<Sink> {
    const folder = dirname(path);
    if (!this.#folders.has(folder)) await makeFolder(folder);
    this.#folders.add(folder);
    return openSink(path, this.#options.clobber, this.#cancelled);
  }

  /** Does something with each of some files, a few at once. What fails ends it, and is told with the file's name. */
  #each(files: Iterable<SplitFile>, work: (file: SplitFile) => Promise<void>): Promise<void> {
    const left = files[Symbol.iterator]();
    let failed = false;
    const next = async (): Promise<void> => {
      for (let step = left.next(); step.done !== true && !failed && !this.#cancelled.aborted; step = left.next()) {
        try {
          await work(step.value);
        } catch (error) {
          failed = true;
          throw outputError(step.value.path, error);
        }
      }
    };
    this.#work = Promise.allSettled(Array.from({ length: atOnce }, next)).then((results) => {
      const first = results.find((result) => result.status === 'rejected');
      if (first !== undefined) throw first.reason as Error;
    });
    return this.#work;
  }
}
