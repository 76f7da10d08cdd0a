import type { Writable } from 'node:stream';
import { FlowError } from '../errors.js';
import { handOnInputs } from './inputs.js';

/** What can be destroyed, as every stream of Node can. */
type Destroyable = { destroy?: (error: Error) => unknown };

/** More listeners to an event than Node's pipeline adds to a stage. A stage that is used twice by mistake gets those of two, which is no leak. */
export const pipelineListeners = 20;

const uses = new WeakMap<object, (source: object) => void>();

/** The error for a stage that is used a second time. @param what the stage, as a user writes it: `toCsv()` */
export function usedAlready(what: string): FlowError {
  return new FlowError('ERR_NFSTREAM_STAGE_REUSED', `This ${what} stage was used already; stages are single-use, so make a new one for each run.`);
}

/**
 * Makes a stage refuse a second source (ERR_NFSTREAM_STAGE_REUSED) instead of mixing two runs: both are destroyed with the error. An error that is thrown where streams are put
 * together would leave those behind it as they are.
 * @param begin called when the stage is put behind its source
 */
export function singleUse(stage: Writable, name: string, begin?: () => void): void {
  let used = false;
  const use = (source: object): void => {
    if (used || (stage.destroyed && stage.errored === null)) {
      const error = usedAlready(name);
      (source as Destroyable).destroy?.(error);
      stage.destroy(error);
      return;
    }
    used = true;
    handOnInputs(source, stage);
    begin?.();
  };
  stage.setMaxListeners(2 * pipelineListeners);
  uses.set(stage, use);
  stage.on('pipe', use);
}

/** Tells a stage that another one of ours gives it batches, without a pipe. */
export function useStage(stage: object, source: object): void {
  uses.get(stage)?.(source);
}

/**
 * Throws for a stage that is over (ERR_NFSTREAM_STAGE_REUSED) where it is written to: Node swallows the error of a write to one, and a pipeline whose iterator
 * writes to it waits for ever.
 */
export function requireNotOver(stage: Writable, name: string): void {
  if (stage.destroyed && stage.writableFinished && stage.errored === null) throw usedAlready(name);
}
