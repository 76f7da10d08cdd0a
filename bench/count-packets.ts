import { closeSync, openSync, readSync } from 'node:fs';

/** Counts the records of a classic little-endian pcap file. */
export function countPackets(path: string): number {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(16 * 1024 * 1024);
  let packets = 0;
  let at = 24;
  for (let from = 0, size = 0; ; from += size) {
    size = readSync(file, chunk, 0, chunk.length, from);
    if (size === 0) break;
    for (; at - from + 16 <= size; packets++) at += 16 + chunk.readUInt32LE(at - from + 8);
    // A record header that the chunk's end cuts is read again with the next chunk.
    if (at < from + size) size = at - from;
    if (size === 0) break;
  }
  closeSync(file);
  return packets;
}
