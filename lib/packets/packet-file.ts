import type { CaptureNotes } from '../capture/index.js';
import { outputError } from '../files/output-error.js';
import { openSink } from '../files/sink/open-sink.js';
import type { Sink } from '../files/sink/sink.js';
import type { HookPacket } from '../plugins/index.js';
import { PacketBlocks } from './packet-blocks.js';
import type { PacketOutput } from './packet-output.js';

/** Bytes that are written at once. */
const chunkBytes = 1 << 20;

/** A pcapng file of packets from any captures; what is added waits in memory until `drain()`. */
export class PacketFile implements PacketOutput {
  readonly #sink: Sink;
  readonly #path: string;
  readonly #blocks: PacketBlocks;
  packets = 0;

  private constructor(sink: Sink, path: string, notes: CaptureNotes) {
    this.#sink = sink;
    this.#path = path;
    this.#blocks = new PacketBlocks(notes);
  }

  /** @param notes what the captures say beside their packets @throws {FlowError} ERR_NFSTREAM_OUTPUT, ERR_NFSTREAM_OUTPUT_EXISTS */
  static async open(path: string, clobber: boolean, cancelled: AbortSignal, notes: CaptureNotes): Promise<PacketFile> {
    try {
      return new PacketFile(await openSink(path, clobber, cancelled), path, notes);
    } catch (error) {
      throw outputError(path, error);
    }
  }

  add(packet: HookPacket, id: number): void {
    this.#blocks.add(packet, id);
    this.packets++;
  }

  async drain(all = false): Promise<void> {
    if (this.#blocks.bytes < chunkBytes && !all) return;
    const chunk = this.#blocks.take(() => true);
    await this.#do(() => this.#sink.write(chunk));
  }

  async commit(): Promise<void> {
    await this.drain(true);
    await this.#do(() => this.#sink.commit());
  }

  abort(): Promise<void> {
    return this.#sink.abort();
  }

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw outputError(this.#path, error);
    }
  }
}
