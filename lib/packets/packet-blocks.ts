import type { CaptureNotes } from '../capture/index.js';
import type { HookPacket } from '../plugins/index.js';
import { interfaceBlock, nanoseconds, packetBlock, secretsBlock, sectionBlock } from './pcapng.js';

/** What a block costs in memory besides its bytes, about. */
const blockOverhead = 200;

/** The blocks of a pcapng file of packets from any captures, in memory until they are taken. */
export class PacketBlocks {
  readonly #notes: CaptureNotes;
  /** By capture, interface, link type and resolution of times there. */
  readonly #interfaces = new Map<string, number>();
  #begun = false;
  /** Secrets that were looked at. */
  #secrets = 0;
  #blocks: Buffer[] = [];
  /** Memory of what waits, about; secrets are not among it. */
  bytes = 0;

  /** @param notes what the captures say beside their packets */
  constructor(notes: CaptureNotes) {
    this.#notes = notes;
  }

  /** Adds a packet of the flow of this id. */
  add(packet: HookPacket, id: number): void {
    const { interfaceId, resolution } = this.#interfaceOf(packet);
    const { captureTimeNs: timeNs, bytes, wireLength } = packet;
    this.#push(packetBlock({ interfaceId, resolution, timeNs, bytes, wireLength, comment: `flow ${id}` }));
  }

  /**
   * The bytes that wait, which are the caller's from now on. In front of the packets are the secrets that have come since the last time.
   * @param takes whether there is room for secrets of so many bytes
   */
  take(takes: (bytes: number) => boolean): Buffer {
    const { secrets } = this.#notes;
    const head = this.#begun ? [] : [sectionBlock()];
    for (const secret of secrets.slice(this.#secrets)) if (takes(secret.data.length)) head.push(secretsBlock(secret));
    const taken = Buffer.concat([...head, ...this.#blocks]);
    this.#begun = true;
    this.#secrets = secrets.length;
    this.#blocks = [];
    this.bytes = 0;
    return taken;
  }

  #interfaceOf(packet: HookPacket): { interfaceId: number; resolution: number } {
    const { linkType, file, timeResolution, captureTimeNs } = packet;
    // Times before 1970 are unsigned in a file, and read as they were only where nothing is added to them.
    const resolution = timeResolution > nanoseconds || captureTimeNs < 0n ? nanoseconds : timeResolution;
    const note = this.#notes.interfaceOf(file, packet.interfaceId, packet.number);
    const key = `${packet.interfaceId} ${linkType} ${resolution} ${note?.place ?? ''} ${file}`;
    let interfaceId = this.#interfaces.get(key);
    if (interfaceId === undefined) {
      this.#interfaces.set(key, (interfaceId = this.#interfaces.size));
      this.#push(interfaceBlock({ linkType, resolution, snapshotLength: note?.snapshotLength ?? 0, options: note?.options ?? new Uint8Array(0) }));
    }
    return { interfaceId, resolution };
  }

  #push(block: Buffer): void {
    this.#blocks.push(block);
    this.bytes += block.length + blockOverhead;
  }
}
