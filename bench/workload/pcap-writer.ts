import { closeSync, openSync, writeSync } from 'node:fs';

const bufferSize = 8 * 1024 * 1024;

/** Writes a classic little-endian pcap file of Ethernet frames with microseconds. */
export class PcapWriter {
  /** Records written so far. */
  packets = 0;
  /** Bytes written so far, the file's header included. */
  bytes = 24;
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafe(bufferSize);
  #used = 24;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'w');
    this.#buffer.writeUInt32LE(0xa1b2c3d4, 0);
    this.#buffer.writeUInt16LE(2, 4);
    this.#buffer.writeUInt16LE(4, 6);
    this.#buffer.writeUInt32LE(0, 8);
    this.#buffer.writeUInt32LE(0, 12);
    this.#buffer.writeUInt32LE(262144, 16);
    this.#buffer.writeUInt32LE(1, 20);
  }

  /**
   * Appends one record and returns where its bytes are, so that the caller can change them before the next call.
   * @param timeUs microseconds since the epoch
   */
  write(timeUs: number, frame: Buffer, wireLength: number): { buffer: Buffer; at: number } {
    const size = 16 + frame.length;
    if (this.#used + size > bufferSize) this.#flush();
    const at = this.#used;
    const seconds = Math.floor(timeUs / 1e6);
    this.#buffer.writeUInt32LE(seconds, at);
    this.#buffer.writeUInt32LE(timeUs - seconds * 1e6, at + 4);
    this.#buffer.writeUInt32LE(frame.length, at + 8);
    this.#buffer.writeUInt32LE(wireLength, at + 12);
    frame.copy(this.#buffer, at + 16);
    this.#used += size;
    this.packets++;
    this.bytes += size;
    return { buffer: this.#buffer, at: at + 16 };
  }

  /** Writes what is left and closes the file. */
  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    for (let at = 0; at < this.#used;) at += writeSync(this.#descriptor, this.#buffer, at, this.#used - at);
    this.#used = 0;
  }
}
