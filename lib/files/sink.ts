import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Sink } from './open-sink.js';

/** Writes to a stream of Node; `owned` says whether to end it. */
export function streamSink(stream: Writable, owned: boolean): Sink {
  let failure: Error | null = null;
  const onError = (error: Error): void => void (failure ??= error);
  stream.on('error', onError);
  const release = async (): Promise<void> => {
    if (owned && !stream.closed) await once(stream.destroy(), 'close');
    stream.off('error', onError);
  };
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(failure ?? error) : resolve()));
      }),
    async commit() {
      if (owned) await new Promise<void>((resolve, reject) => stream.end((error?: Error | null) => (error ? reject(failure ?? error) : resolve())));
      await release();
    },
    abort: release,
  };
}
