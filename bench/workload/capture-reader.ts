import { readFileSync } from 'node:fs';

/** One frame of a capture. */
export interface Frame {
  /** Microseconds since the epoch, as the capture has it. */
  timeUs: number;
  /** The captured bytes, a view into the file. */
  bytes: Buffer;
  /** Length of the frame on the wire, in bytes. */
  wireLength: number;
}

const ethernet = 1;

/**
 * Reads the Ethernet frames of a pcap or pcapng file; packets of other link types are left out, and reading ends quietly at damage.
 * @returns null when the file is neither pcap nor pcapng
 */
export function readFrames(path: string): Frame[] | null {
  const file = readFileSync(path);
  if (file.length < 24) return null;
  const magic = file.readUInt32LE(0);
  if (magic === 0x0a0d0d0a) return pcapngFrames(file);
  if (magic === 0xa1b2c3d4 || magic === 0xa1b23c4d) return pcapFrames(file, true, magic === 0xa1b23c4d);
  const swapped = file.readUInt32BE(0);
  if (swapped === 0xa1b2c3d4 || swapped === 0xa1b23c4d) return pcapFrames(file, false, swapped === 0xa1b23c4d);
  return null;
}

type Read32 = (offset: number) => number;

function reader32(file: Buffer, little: boolean): Read32 {
  return little ? (offset) => file.readUInt32LE(offset) : (offset) => file.readUInt32BE(offset);
}

function pcapFrames(file: Buffer, little: boolean, nanoseconds: boolean): Frame[] {
  const u32 = reader32(file, little);
  const frames: Frame[] = [];
  if ((u32(20) & 0xffff) !== ethernet) return frames;
  for (let at = 24; at + 16 <= file.length;) {
    const [seconds, fraction, captured, wireLength] = [u32(at), u32(at + 4), u32(at + 8), u32(at + 12)];
    if (at + 16 + captured > file.length) break;
    const timeUs = seconds * 1e6 + (nanoseconds ? Math.floor(fraction / 1000) : fraction);
    frames.push({ timeUs, bytes: file.subarray(at + 16, at + 16 + captured), wireLength });
    at += 16 + captured;
  }
  return frames;
}

interface Interface {
  linkType: number;
  /** Microseconds that one unit of its timestamps lasts. */
  unitUs: number;
}

function pcapngFrames(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  let little = true;
  let interfaces: Interface[] = [];
  for (let at = 0; at + 12 <= file.length;) {
    if (file.readUInt32LE(at) === 0x0a0d0d0a) {
      little = file.readUInt32LE(at + 8) === 0x1a2b3c4d;
      interfaces = [];
    }
    const u32 = reader32(file, little);
    const [type, length] = [u32(at), u32(at + 4)];
    if (length < 12 || length % 4 !== 0 || at + length > file.length) break;
    if (type === 1) interfaces.push(interfaceOf(file, at + 8, at + length - 4, little));
    else if (type === 6 && length >= 32) {
      const from = interfaces[u32(at + 8)];
      const captured = u32(at + 20);
      if (from?.linkType === ethernet && 32 + captured <= length) {
        const timeUs = Math.floor((u32(at + 12) * 4294967296 + u32(at + 16)) * from.unitUs);
        frames.push({ timeUs, bytes: file.subarray(at + 28, at + 28 + captured), wireLength: u32(at + 24) });
      }
    }
    at += length;
  }
  return frames;
}

function interfaceOf(file: Buffer, from: number, to: number, little: boolean): Interface {
  const u16 = (offset: number): number => (little ? file.readUInt16LE(offset) : file.readUInt16BE(offset));
  let unitUs = 1;
  for (let at = from + 8; at + 4 <= to;) {
    const [code, length] = [u16(at), u16(at + 2)];
    if (code === 0) break;
    if (code === 9 && length === 1) {
      const resolution = file[at + 4]!;
      unitUs = resolution & 0x80 ? 1e6 / 2 ** (resolution & 0x7f) : 10 ** (6 - resolution);
    }
    at += 4 + ((length + 3) & ~3);
  }
  return { linkType: u16(from), unitUs };
}
