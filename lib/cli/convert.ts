import { pipeline } from 'node:stream/promises';
import type { FlowError } from '../errors.js';
import { fromFile } from '../read/readers.js';
import { anonymizers, checkOutputs, filters, outputStage, predictors } from './outputs.js';
import { showProgress } from './progress.js';
import { counted } from './quantity.js';
import { isClosedPipe, sentence } from './run.js';
import { onStopSignals } from './stop-signals.js';
import { say, type Outside } from './streams.js';
import { keptOf } from './closing-line.js';
import type { ConvertRequest } from './subcommands.js';
import { isUsageError, UsageError } from './usage-error.js';

/**
 * Writes flows in another format.
 * @returns the exit code
 * @throws {UsageError} when the request makes no sense with these files and streams
 */
export async function convert(request: ConvertRequest, outside: Outside): Promise<number> {
  const { sources, output, moreOutputs, format, quiet } = request;
  if (sources.includes('-') && outside.stdin.isTTY === true) throw new UsageError('Standard input is a terminal; pipe flows into it.');
  if (output === null && format?.text === false && outside.stdout.isTTY === true)
    throw new UsageError(`${format.title} is not text; write it to a file with -o, or into a pipe.`);
  const outputs = output === null ? [] : [output, ...moreOutputs];
  await checkOutputs(outputs, sources);
  const kept = filters(request.options);
  const scored = predictors(request.options);
  if (!quiet) for (const warning of request.warnings) say(outside, `Warning: ${warning}`);
  const reader = fromFile(sources, request.read);
  const abort = new AbortController();
  const signals = onStopSignals(outside, () => abort.abort());
  const barIsFree = outside.stderr.isTTY === true && !quiet && output !== null;
  const hideProgress = barIsFree ? showProgress(outside.stderr, () => ({ ...reader.report(), packets: 0 })) : () => {};
  const began = performance.now();
  let failure: unknown = null;
  try {
    await pipeline([reader, ...kept, ...scored, ...anonymizers(request.options), outputStage(outputs, request.options)], { signal: abort.signal });
  } catch (error) {
    failure = error;
  } finally {
    hideProgress();
    signals.release();
  }
  return (
    signals.exitCode() ?? tell(request, outside, { ...reader.report(), kept: kept[0]?.report().kept ?? null }, failure, (performance.now() - began) / 1000)
  );
}

function tell(
  { quiet }: ConvertRequest,
  outside: Outside,
  { flows, kept, damages }: { flows: number; kept: number | null; damages: readonly FlowError[] },
  failure: unknown,
  seconds: number,
): number {
  if (isClosedPipe(failure)) return 0;
  if (isUsageError(failure)) throw failure;
  const damaged = damages.includes(failure as FlowError);
  if (!quiet && (failure === null || damaged)) say(outside, `${counted(flows, 'flow')}${keptOf(kept)} in ${seconds.toFixed(2)} s`);
  for (const damage of damages) say(outside, damage.message);
  if (failure !== null && !damaged) say(outside, sentence(failure));
  return failure !== null ? 1 : 0;
}
