import { finished, Writable } from 'node:stream';
import { FlowBatch } from '../flows/flow-batch.js';
import { FlowError, invalidOption, shownPath } from '../errors.js';
import { useStage } from '../stage/single-use.js';
import { LastStage } from '../stage/last-stage.js';
import { sameOutputs } from './output-check.js';
import { FlowFileWriter } from './to-file.js';
import { FlowFilesWriter } from './to-file-per-source.js';

/** The last stage that gives every batch to several others. Made by {@link tee}. */
export class Tee extends LastStage {
  readonly #sinks: readonly Writable[];
  /** Resolve when each sink is done; reject when one fails by itself. */
  readonly #done: readonly Promise<void>[];

  /** @internal */
  constructor(sinks: readonly Writable[]) {
    if (sinks.length === 0) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the stages of tee()', 'at least one', sinks);
    for (const [index, sink] of sinks.entries())
      if (!isWritable(sink)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', `stage ${index + 1} of tee()`, 'a Writable', sink);
    const twice = sinks.findIndex((sink, index) => sinks.indexOf(sink) < index);
    if (twice >= 0) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `stage ${twice + 1} of tee()`, 'one that is not given twice', sinks[twice]);
    const same = sameOutputs(sinks.flatMap((sink) => (sink instanceof FlowFileWriter ? [sink.path] : [])));
    if (same !== null) {
      throw new FlowError(
        'ERR_NFSTREAM_OUTPUT_NAMES',
        `The outputs ${shownPath(same[0])} and ${shownPath(same[1])} of tee() are one file; give each a name of its own.`,
        { file: same[1] },
      );
    }
    super('tee()');
    this.#sinks = sinks;
    this.#done = sinks.map((sink) => this.#end(sink));
  }

  /** As that of {@link toFile}, for those of the stages that write files one after the other. @throws {FlowError} as that one */
  async rotate(): Promise<void> {
    await Promise.all(this.#sinks.map(async (sink) => (rotates(sink) ? sink.rotate() : undefined)));
  }

  /** @internal Whether rotate() is to be called. */
  get rotates(): boolean {
    return this.#sinks.some(rotates);
  }

  protected override begin(): void {
    for (const sink of this.#sinks) useStage(sink, this);
  }

  protected override async take(chunk: unknown): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => given(sink, chunk)));
    if (chunk instanceof FlowBatch) this.runs.own(chunk.schema.run);
  }

  protected override async finish(): Promise<void> {
    for (const sink of this.#sinks) sink.end();
    await Promise.all(this.#done);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    void Promise.all(this.#sinks.map(closed)).then(() => callback(error));
  }

  /** The end of a sink, which is not told of damage: that is told when all are whole. */
  #end(sink: Writable): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      finished(sink, { readable: false }, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
    done.catch((error: Error) => this.destroy(error));
    return done;
  }
}

/** Whether a last stage of ours goes on in other files when it is asked to. */
export function rotates(sink: Writable): sink is FlowFileWriter | FlowFilesWriter | Tee {
  return (sink instanceof FlowFileWriter || sink instanceof FlowFilesWriter || sink instanceof Tee) && sink.rotates;
}

function isWritable(sink: unknown): boolean {
  if (sink instanceof Writable) return true;
  const parts = sink as Partial<Record<string, unknown>> | null;
  return typeof sink === 'object' && parts !== null && ['write', 'end', 'destroy', 'on', 'once'].every((name) => typeof parts[name] === 'function');
}

/** Resolves when a sink has taken a chunk, which is when it has room for the next. */
function given(sink: Writable, chunk: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** Resolves when nothing of a sink is open any more, however it ended. */
async function closed(sink: Writable): Promise<void> {
  if (!sink.destroyed) sink.destroy();
  if (!sink.closed) await new Promise((resolve) => sink.once('close', resolve));
}

/**
 * Makes the last stage that gives every batch to several others: `pipeline(source, aggregate(), tee(toFile('flows.csv'), toFile('flows.arrow')))`. The batches
 * are the same objects, as they are immutable; the slowest stage sets the pace. What fails in one of them destroys all, so that no file of {@link toFile} that was
 * under way is left. Damage of the source is told when every stage is done.
 * @param stages Writables that take flow batches; those that give bytes must have a reader
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OUTPUT_NAMES for two stages that write one file; while it runs, the error of the stage that failed
 */
export function tee(...stages: Writable[]): Tee {
  return new Tee(stages);
}
