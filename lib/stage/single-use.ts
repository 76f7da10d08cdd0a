import type { Readable, Writable } from 'node:stream';
import { FlowError } from '../errors.js';

/** Makes a stage refuse a second source with a FlowError (ERR_NFSTREAM_STAGE_REUSED) instead of mixing two runs. */
export function singleUse(stage: Writable, name: string): void {
  let used = false;
  stage.on('pipe', (_source: Readable) => {
    if (used) throw new FlowError('ERR_NFSTREAM_STAGE_REUSED', `This ${name} stage was used already; stages are single-use, so make a new one for each run.`);
    used = true;
  });
}
