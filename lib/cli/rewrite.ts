import { Option as Flag } from 'commander';
import { pipeline } from 'node:stream/promises';
import type { FlowError } from '../errors.js';
import type { FlagCommand } from '../option-stages.js';
import { fromFile, type FileReadOptions } from '../read/readers.js';
import { counted } from '../text/quantity.js';
import { stagesOf, type StageFacts } from './terminal/closing-line.js';
import { labelLines } from './label-lines.js';
import { checkGroups, givenOptions, outputFlag, outputsOf, type Request } from './command-line.js';
import { flagsOf, type Warn } from './flags.js';
import { checkOutputs, flowStages, outputStage, stageFacts, type WritingOptions } from './outputs.js';
import { showProgress } from './terminal/progress-bar.js';
import { isClosedPipe, sentence } from './run.js';
import { onStopSignals } from './end/stop-signals.js';
import { say, type Outside } from './streams.js';
import type { SubcommandLine } from './subcommand.js';
import { isUsageError, UsageError } from './usage-error.js';

/** What a command that reads flows and writes flows is asked for. */
export interface RewriteRequest extends Pick<Request, 'sources' | 'output' | 'moreOutputs' | 'format' | 'quiet' | 'warnings'> {
  readonly read: FileReadOptions;
  readonly options: WritingOptions;
}

/** The flags of a command that reads flows and writes flows. */
export function rewritingFlags(command: FlagCommand, warn: Warn): readonly Flag[] {
  return [
    new Flag('-q, --quiet', 'No summary and no progress bar; errors only.'),
    outputFlag('Write this file; its ending tells the format. Can be given several times. Default: JSON Lines to standard output.'),
    ...flagsOf(command, warn),
  ];
}

/** What its line asks for. @throws {UsageError} for flags that don't go together */
export function rewritingRequest({ program, values, sources, read, warnings }: SubcommandLine): RewriteRequest {
  const { formats, ...outputs } = outputsOf(values);
  const options = givenOptions(program, values, formats);
  checkGroups(options, outputs.output);
  return { sources, ...outputs, quiet: values['quiet'] === true, warnings, read, options };
}

/**
 * Reads files of flows and writes what the stages make of them.
 * @param between stages in front of all others
 * @param notes what they have to say at the end, besides
 * @returns the exit code
 */
export async function rewrite(
  request: RewriteRequest,
  outside: Outside,
  between: readonly NodeJS.ReadWriteStream[] = [],
  notes: () => string | null = () => null,
): Promise<number> {
  const { sources, output, moreOutputs, format, quiet } = request;
  if (sources.includes('-') && outside.stdin.isTTY === true) throw new UsageError('Standard input is a terminal; pipe flows into it.');
  if (output === null && format?.text === false && outside.stdout.isTTY === true)
    throw new UsageError(`${format.title} is not text; write it to a file with -o, or into a pipe.`);
  const outputs = output === null ? [] : [output, ...moreOutputs];
  await checkOutputs(outputs, sources);
  const stages = await flowStages(request.options);
  if (!quiet) for (const warning of request.warnings) say(outside, `Warning: ${warning}`);
  const reader = fromFile(sources, request.read);
  const abort = new AbortController();
  const signals = onStopSignals(outside, () => abort.abort());
  const barIsFree = !quiet && output !== null;
  const hideProgress = barIsFree ? showProgress(outside.stderr, () => reader.report()) : () => {};
  const began = performance.now();
  let failure: unknown = null;
  try {
    await pipeline([reader, ...between, ...stages.stages, outputStage(outputs, request.options)], { signal: abort.signal });
  } catch (error) {
    failure = error;
  } finally {
    hideProgress();
    signals.release();
  }
  return (
    signals.exitCode() ?? tell(request, outside, { ...reader.report(), ...stageFacts(stages), note: notes() }, failure, (performance.now() - began) / 1000)
  );
}

function tell(
  { quiet }: RewriteRequest,
  outside: Outside,
  { flows, note, damages, ...facts }: StageFacts & { flows: number; note: string | null; damages: readonly FlowError[] },
  failure: unknown,
  seconds: number,
): number {
  if (isClosedPipe(failure)) return 0;
  if (isUsageError(failure)) throw failure;
  const damaged = damages.includes(failure as FlowError);
  if (!quiet && (failure === null || damaged)) {
    for (const line of labelLines(facts.labels)) say(outside, line);
    say(outside, `${note ?? counted(flows, 'flow')}${stagesOf(facts)} in ${seconds.toFixed(2)} s`);
  }
  for (const damage of damages) say(outside, damage.message);
  if (failure !== null && !damaged) say(outside, sentence(failure));
  return failure !== null ? 1 : 0;
}
