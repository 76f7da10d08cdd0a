import type { PacketBatch } from '../capture/packet-batch.js';

/** How old a first packet may be that was just captured, in milliseconds. */
const mostAgeMs = 60_000;

/**
 * Whether the packets of a source come as they happen: it is no file, and its first packet is of the last minute. An old capture may come through a pipe
 * too, out of a decompressor. Undefined while there is no packet.
 */
export function comesLive(batches: readonly PacketBatch[]): boolean | undefined {
  const first = batches.find((batch) => batch.length > 0);
  return first && first.live && Math.abs(Date.now() - first.at(0)!.timeMs) < mostAgeMs;
}
