import { Transform, type Readable } from 'node:stream';

/**
 * Ends a stream of bytes as if it had come to its end, and frees it: its writer may never end, and a `pipeline()` waits for it. Destroying it
 * would be an error for the pipeline, which destroys all that is being written. One that is fed by a stream before it, such as a
 * decompressor, can't be ended so; what it gives is left to its reader.
 */
export function endSource(source: Readable): void {
  // pipe() listens for 'unpipe' on what it feeds, as long as it does.
  const fed = source instanceof Transform || source.listenerCount('unpipe') > 0;
  if (fed || source.readableEnded || source.destroyed) return;
  source.push(null);
  // Bytes that were asked for before are nobody's; behind the end they would be an error.
  source.push = () => false;
  source.once('end', () => source.destroy());
}
