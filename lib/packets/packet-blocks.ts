import type { HookPacket } from '../plugins/index.js';
import { interfaceBlock, packetBlock, sectionBlock } from './pcapng.js';

/** What a block costs in memory besides its bytes, about. */
const blockOverhead = 200;

/** The blocks of a pcapng file of packets from any captures, in memory until they are taken. */
export class PacketBlocks {
  /** By capture, interface and link type there. */
  readonly #interfaces = new Map<string, number>();
  #blocks: Buffer[] = [];
  /** Memory of what waits, about. */
  bytes = 0;

  constructor() {
    this.#push(sectionBlock());
  }

  /** Adds a packet of the flow of this id. */
  add(packet: HookPacket, id: number): void {
    const { linkType } = packet;
    const key = `${packet.interfaceId} ${linkType} ${packet.file}`;
    let interfaceId = this.#interfaces.get(key);
    if (interfaceId === undefined) {
      this.#interfaces.set(key, (interfaceId = this.#interfaces.size));
      this.#push(interfaceBlock(linkType));
    }
    this.#push(packetBlock({ interfaceId, timeNs: packet.captureTimeNs, bytes: packet.bytes, wireLength: packet.wireLength, comment: `flow ${id}` }));
  }

  /** The bytes that wait, which are the caller's from now on. */
  take(): Buffer {
    const taken = Buffer.concat(this.#blocks);
    this.#blocks = [];
    this.bytes = 0;
    return taken;
  }

  #push(block: Buffer): void {
    this.#blocks.push(block);
    this.bytes += block.length + blockOverhead;
  }
}
