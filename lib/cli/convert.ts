import { Option as Flag } from 'commander';
import { pipeline } from 'node:stream/promises';
import type { FlowError } from '../errors.js';
import { fromFile, type FileReadOptions } from '../read/readers.js';
import { checkGroups, givenOptions, outputFlag, outputsOf, type Request } from './command-line.js';
import { flagsOf } from './flags.js';
import { checkOutputs, flowStages, outputStage, stageFacts, type WritingOptions } from './outputs.js';
import { showProgress } from './progress-bar.js';
import { counted } from '../text/quantity.js';
import { isClosedPipe, sentence } from './run.js';
import { onStopSignals } from './stop-signals.js';
import { say, type Outside } from './streams.js';
import { stagesOf, type StageFacts } from './closing-line.js';
import { labelLines } from './label-lines.js';
import type { Subcommand } from './subcommand.js';
import { isUsageError, UsageError } from './usage-error.js';

/** What `nfstream convert` is asked for. */
interface ConvertRequest extends Pick<Request, 'sources' | 'output' | 'moreOutputs' | 'format' | 'quiet' | 'warnings'> {
  readonly read: FileReadOptions;
  readonly options: WritingOptions;
}

const examples = `
Examples:
  nfstream convert flows.jsonl -o flows.arrow     the name of the output tells its format
  nfstream convert monday.csv tuesday.csv -o week.json
                                                  several files with the same columns
  nfstream convert .flows.csv.123-0.part -o saved.csv
                                                  what a run that was killed had written, up to its last whole row
  nfstream convert flows.parquet -o flows.csv
  nfstream convert - --format csv < flows.arrows  from standard input to standard output

Exit code: 0 done, 1 a file was cut off or damaged (what is in front of that is written), or something failed, 2 wrong usage.
`;

/** `nfstream convert`. */
export const convert: Subcommand<ConvertRequest> = {
  name: 'convert',
  does: 'Writes files of flows in another format.',
  takesCaptures: false,
  examples,
  flags: (warn) => [
    new Flag('-q, --quiet', 'No summary and no progress bar; errors only.'),
    outputFlag('Write this file; its ending tells the format. Can be given several times. Default: JSON Lines to standard output.'),
    ...flagsOf('convert', warn),
  ],
  request({ program, values, sources, read, warnings }) {
    const { formats, ...outputs } = outputsOf(values);
    const options = givenOptions(program, values, formats);
    checkGroups(options, outputs.output);
    return { sources, ...outputs, quiet: values['quiet'] === true, warnings, read, options };
  },
  perform,
};

async function perform(request: ConvertRequest, outside: Outside): Promise<number> {
  const { sources, output, moreOutputs, format, quiet } = request;
  if (sources.includes('-') && outside.stdin.isTTY === true) throw new UsageError('Standard input is a terminal; pipe flows into it.');
  if (output === null && format?.text === false && outside.stdout.isTTY === true)
    throw new UsageError(`${format.title} is not text; write it to a file with -o, or into a pipe.`);
  const outputs = output === null ? [] : [output, ...moreOutputs];
  await checkOutputs(outputs, sources);
  const between = flowStages(request.options);
  if (!quiet) for (const warning of request.warnings) say(outside, `Warning: ${warning}`);
  const reader = fromFile(sources, request.read);
  const abort = new AbortController();
  const signals = onStopSignals(outside, () => abort.abort());
  const barIsFree = !quiet && output !== null;
  const hideProgress = barIsFree ? showProgress(outside.stderr, () => reader.report()) : () => {};
  const began = performance.now();
  let failure: unknown = null;
  try {
    await pipeline([reader, ...between.stages, outputStage(outputs, request.options)], { signal: abort.signal });
  } catch (error) {
    failure = error;
  } finally {
    hideProgress();
    signals.release();
  }
  return signals.exitCode() ?? tell(request, outside, { ...reader.report(), ...stageFacts(between) }, failure, (performance.now() - began) / 1000);
}

function tell(
  { quiet }: ConvertRequest,
  outside: Outside,
  { flows, damages, ...facts }: StageFacts & { flows: number; damages: readonly FlowError[] },
  failure: unknown,
  seconds: number,
): number {
  if (isClosedPipe(failure)) return 0;
  if (isUsageError(failure)) throw failure;
  const damaged = damages.includes(failure as FlowError);
  if (!quiet && (failure === null || damaged)) {
    for (const line of labelLines(facts.labels)) say(outside, line);
    say(outside, `${counted(flows, 'flow')}${stagesOf(facts)} in ${seconds.toFixed(2)} s`);
  }
  for (const damage of damages) say(outside, damage.message);
  if (failure !== null && !damaged) say(outside, sentence(failure));
  return failure !== null ? 1 : 0;
}
