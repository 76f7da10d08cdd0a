import { loadArrow } from '../../load-arrow.js';
import { native } from '../../native.js';

/** No buffer of a record batch may be larger: a few bytes can say that they are terabytes. */
const largestBuffer = 512 << 20;

/** Gives apache-arrow, which has none, the ways to decompress: LZ4 frames and zstd frames. */
export function registerDecompression(): void {
  const { compressionRegistry, CompressionType } = loadArrow();
  for (const [type, codec] of [
    [CompressionType.LZ4_FRAME, 'lz4'],
    [CompressionType.ZSTD, 'zstd'],
  ] as const) {
    if (compressionRegistry.get(type) === null) compressionRegistry.set(type, { decode: (bytes) => native.decompressBlock(codec, bytes, largestBuffer) });
  }
}
