import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An Ethernet frame of UDP over IPv4 from 10.0.0.1 to 10.0.0.9, port 53. */
export function udpFrame(srcPort = 1000, payload: Buffer = Buffer.from('abcd')): Buffer {
  const frame = Buffer.alloc(42 + payload.length);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45]);
  frame.writeUInt16BE(28 + payload.length, 16);
  frame.set([64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 9], 22);
  frame.writeUInt16BE(srcPort, 34);
  frame.writeUInt16BE(53, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  payload.copy(frame, 42);
  return frame;
}

export function pcapHeader(linkType = 1): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

export function pcapRecord(seconds: number, frame: Buffer, microseconds = 0): Buffer {
  const header = Buffer.alloc(16);
  [seconds, microseconds, frame.length, frame.length].forEach((value, i) => header.writeUInt32LE(value, 4 * i));
  return Buffer.concat([header, frame]);
}

/** A pcap file of `count` packets, a second apart, with source ports that count from 1. */
export function pcap(count: number, firstSecond = 1000, payload?: Buffer): Buffer {
  return Buffer.concat([pcapHeader(), ...Array.from({ length: count }, (_, i) => pcapRecord(firstSecond + i, udpFrame((i + 1) % 65536, payload)))]);
}

/** A folder that is gone after the test file. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'nfstream-capture-'));
  #fifos = 0;

  path(name: string): string {
    return join(this.folder, name);
  }
  write(name: string, bytes: Uint8Array | string): string {
    writeFileSync(this.path(name), bytes);
    return this.path(name);
  }
  /** A new FIFO. */
  fifo(): string {
    const path = this.path(`fifo-${this.#fifos++}`);
    execFileSync('mkfifo', [path]);
    return path;
  }
  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Open descriptors of this process that lead into a folder. */
export function openUnder(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(folder) ? [target] : [];
    } catch (error) {
      // The descriptor of this very listing is gone by now.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** What a promise rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error(`It should have been rejected but gave ${String(result)}.`);
}
