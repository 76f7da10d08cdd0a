import type { Frame } from './capture-reader.js';

/** The addresses of a frame, and what tells its flow from others of its capture. */
export interface Addresses {
  ipVersion: 4 | 6;
  /** Offset of the source address; the destination follows it. */
  offset: number;
  /** Unordered addresses, ports and protocol as text. */
  flow: string;
}

const tunnelPorts = new Set([2152, 5247, 37008]);
const portless = new Set([1, 58]);

/**
 * Finds the addresses of a plain IPv4 or IPv6 frame. VLANs, tunnels and later fragments give null: programs differ in what they make of
 * them, and a comparison needs the same flows everywhere.
 */
export function findAddresses({ bytes }: Frame): Addresses | null {
  if (bytes.length < 34) return null;
  const type = bytes.readUInt16BE(12);
  if (type === 0x0800) {
    const header = (bytes[14]! & 15) * 4;
    if (bytes[14]! >> 4 !== 4 || header < 20 || bytes.readUInt16BE(20) & 0x1fff) return null;
    return withPorts(bytes, 4, 26, 4, bytes[23]!, 14 + header);
  }
  if (type === 0x86dd && bytes.length >= 54 && bytes[14]! >> 4 === 6) return withPorts(bytes, 6, 22, 16, bytes[20]!, 54);
  return null;
}

function withPorts(bytes: Buffer, ipVersion: 4 | 6, offset: number, size: number, protocol: number, transport: number): Addresses | null {
  let ports = [0, 0];
  if (protocol === 6 || protocol === 17) {
    if (bytes.length < transport + 8) return null;
    ports = [bytes.readUInt16BE(transport), bytes.readUInt16BE(transport + 2)];
    if (protocol === 17 && ports.some((port) => tunnelPorts.has(port))) return null;
  } else if (!portless.has(protocol)) return null;
  const ends = ports.map((port, i) => `${bytes.toString('hex', offset + i * size, offset + (i + 1) * size)}:${port}`);
  return { ipVersion, offset, flow: `${protocol} ${ends.sort().join(' ')}` };
}

/** Spreads the number of a copy over 24 bits: the copies of an address differ in all three of its last bytes. */
export function maskOf(copy: number): number {
  return Math.imul(copy, 0x9e3779b1) >>> 8;
}

/**
 * Moves one end of a frame to other addresses. Of two ends the private one moves, so that labels which depend on a server's address stay;
 * of two public ones the smaller moves, which is the same in both directions. Private IPv4 addresses stay private.
 */
export function moveAddresses(frame: Buffer, at: number, { ipVersion, offset }: Addresses, mask: number): void {
  if (mask === 0) return;
  const size = ipVersion === 4 ? 4 : 16;
  const isPrivate = ipVersion === 4 ? private4 : private6;
  const [source, destination] = [at + offset, at + offset + size];
  const moving = [source, destination].filter((end) => isPrivate(frame, end));
  if (moving.length === 0) moving.push(frame.compare(frame, destination, destination + size, source, source + size) <= 0 ? source : destination);
  for (const end of moving) {
    if (ipVersion === 4 && private4(frame, end)) frame[end] = 10;
    frame[end + size - 3]! ^= mask >> 16;
    frame[end + size - 2]! ^= (mask >> 8) & 0xff;
    frame[end + size - 1]! ^= mask & 0xff;
  }
}

function private4(frame: Buffer, at: number): boolean {
  const [first, second] = [frame[at]!, frame[at + 1]!];
  return first === 10 || (first === 172 && second >> 4 === 1) || (first === 192 && second === 168) || (first === 169 && second === 254);
}

function private6(frame: Buffer, at: number): boolean {
  const first = frame[at]!;
  return (first & 0xfe) === 0xfc || (first === 0xfe && (frame[at + 1]! & 0xc0) === 0x80);
}
