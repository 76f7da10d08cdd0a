import type { Readable, Writable } from 'node:stream';
import { handOnInputs } from './inputs.js';
import type { TakenRuns } from './run-state.js';
import { warnOf } from './run-state.js';
import { usedAlready } from './single-use.js';

/**
 * The side of a stage that is read: by a pipe or by an iteration, once. Where no stage of ours further on tells the damage of the runs that went through, an
 * iteration throws it after the last chunk; behind a pipe to something else, which is to end as it does without damage, a process warning tells it.
 */
export class Outlet {
  readonly #stage: Readable;
  readonly #name: string;
  readonly #runs: TakenRuns;
  readonly #destinations = new Set<Writable>();
  #iterated = false;

  /** @param name the stage, as a user writes it: `toCsv()`, @param runs those of which it has taken or made batches */
  constructor(stage: Readable, name: string, runs: TakenRuns) {
    this.#stage = stage;
    this.#name = name;
    this.#runs = runs;
    stage.once('end', () => this.#ended());
  }

  /**
   * Notes a pipe. When the stage was read before, its destination is destroyed with ERR_NFSTREAM_STAGE_REUSED.
   * @returns whether it may be piped
   */
  pipes(destination: NodeJS.WritableStream): boolean {
    const behind = destination as Writable;
    if (this.#used) {
      behind.destroy(usedAlready(this.#name));
      return false;
    }
    handOnInputs(this.#stage, behind);
    this.#destinations.add(behind);
    const forget = (source: Readable): void => {
      if (source !== this.#stage) return;
      behind.off('unpipe', forget);
      this.#destinations.delete(behind);
    };
    behind.on('unpipe', forget);
    return true;
  }

  /** The chunks of an iteration, then what is to be thrown. @throws {FlowError} ERR_NFSTREAM_STAGE_REUSED when the stage was read before */
  iterate<Chunk>(chunks: () => AsyncIterable<Chunk>): AsyncGenerator<Chunk, undefined> {
    if (this.#used) throw usedAlready(this.#name);
    this.#iterated = true;
    return this.#iterate(chunks());
  }

  async *#iterate<Chunk>(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk, undefined> {
    yield* chunks;
    const damage = this.#runs.tell();
    if (damage !== null) throw damage;
    return undefined;
  }

  /**
   * What a stage that is destroyed without a reason fails with: nothing, but where a pipeline reads it that waits for an end. Node's own waits for ever when
   * everything was given to the stage and not all was read.
   */
  get unfinished(): Error | null {
    const waits = !this.#stage.readableEnded && this.#destinations.size > 0 && this.#stage.listenerCount('error') > 0;
    return waits ? Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }) : null;
  }

  get #used(): boolean {
    const { readableEnded, destroyed, errored } = this.#stage;
    return this.#iterated || readableEnded || (destroyed && errored === null);
  }

  #ended(): void {
    if (this.#iterated || !this.#runs.owesDamage) return;
    // Batches that a stage between holds back may still come to one of ours; bytes do not.
    const waits = this.#stage.readableObjectMode ? [...this.#destinations].map(done) : [];
    void Promise.all(waits).then(() => {
      const damage = this.#runs.tell();
      if (damage !== null) warnOf(damage);
    });
  }
}

/** Resolves when a stream has taken, and given, all that it will. */
function done(stream: Writable & { readonly readableEnded?: boolean }): Promise<void> {
  const over = stream.readableEnded === undefined ? stream.writableFinished : stream.readableEnded;
  if (over || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once(stream.readableEnded === undefined ? 'finish' : 'end', resolve);
  });
}
