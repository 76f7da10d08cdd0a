import { outputError } from '../files/output-error.js';
import { openSink } from '../files/sink/open-sink.js';
import type { Sink } from '../files/sink/sink.js';
import type { HookPacket } from '../plugins/index.js';
import type { PacketOutput } from './packet-output.js';
import { interfaceBlock, packetBlock, sectionBlock } from './pcapng.js';

/** Bytes that are written at once. */
const chunkBytes = 1 << 20;

/** A pcapng file of packets from any captures; what is added waits in memory until `drain()`. */
export class PacketFile implements PacketOutput {
  readonly #sink: Sink;
  readonly #path: string;
  /** By capture, interface and link type there. */
  readonly #interfaces = new Map<string, number>();
  #blocks: Buffer[] = [sectionBlock()];
  #bytes = this.#blocks[0]!.length;
  packets = 0;

  private constructor(sink: Sink, path: string) {
    this.#sink = sink;
    this.#path = path;
  }

  /** @throws {FlowError} ERR_NFSTREAM_OUTPUT, ERR_NFSTREAM_OUTPUT_EXISTS */
  static async open(path: string, clobber: boolean, cancelled: AbortSignal): Promise<PacketFile> {
    try {
      return new PacketFile(await openSink(path, clobber, cancelled), path);
    } catch (error) {
      throw outputError(path, error);
    }
  }

  add(packet: HookPacket, id: number): void {
    const { linkType } = packet;
    const key = `${packet.interfaceId} ${linkType} ${packet.file}`;
    let interfaceId = this.#interfaces.get(key);
    if (interfaceId === undefined) {
      this.#interfaces.set(key, (interfaceId = this.#interfaces.size));
      this.#push(interfaceBlock(linkType));
    }
    this.#push(packetBlock({ interfaceId, timeNs: packet.captureTimeNs, bytes: packet.bytes, wireLength: packet.wireLength, comment: `flow ${id}` }));
    this.packets++;
  }

  async drain(all = false): Promise<void> {
    if (this.#bytes < chunkBytes && !all) return;
    const chunk = Buffer.concat(this.#blocks, this.#bytes);
    this.#blocks = [];
    this.#bytes = 0;
    await this.#do(() => this.#sink.write(chunk));
  }

  async commit(): Promise<void> {
    await this.drain(true);
    await this.#do(() => this.#sink.commit());
  }

  abort(): Promise<void> {
    return this.#sink.abort();
  }

  #push(block: Buffer): void {
    this.#blocks.push(block);
    this.#bytes += block.length;
  }

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw outputError(this.#path, error);
    }
  }
}
