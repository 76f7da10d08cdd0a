import { statSync, type Stats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { aggregate, type FlowAggregator } from '../aggregate/aggregate.js';
import { anonymize, type AnonymizeOptions } from '../anonymize/anonymize.js';
import { captureFile, findCaptures, type PacketSource } from '../capture/index.js';
import { FlowError } from '../errors.js';
import { isPattern, outputsFor } from '../export/output-names.js';
import { toFile, type FlowFileWriter } from '../export/to-file.js';
import { toFilePerSource, type FlowFilesWriter } from '../export/to-file-per-source.js';
import type { Request } from './command-line.js';
import { FlowTable } from './flow-table.js';
import { showProgress } from './progress.js';
import { onStopSignals } from './stop-signals.js';
import { columnsOf, type Outside } from './streams.js';
import { summaryLine } from './summary.js';
import { isUsageError, UsageError } from './usage-error.js';

/** After a second signal the process ends within this time, whatever a stage waits for. */
const quitMs = 500;

/**
 * Does what a command line asks for.
 * @returns the exit code
 * @throws {UsageError} when the request makes no sense with these files and streams
 */
export async function run(request: Request, outside: Outside): Promise<number> {
  check(request, outside);
  const captures = (await findCaptures(request.sources)).map((capture) => capture.path);
  checkOutput(request, captures);
  const table = request.output === null && request.format === null && outside.stdout.isTTY === true;
  const { columns } = request.options.anonymize;
  const hidden = columns === undefined ? [] : [anonymize(request.options.anonymize as unknown as AnonymizeOptions)];
  const source = captureFile(captures, { ...request.options.capture, ...request.options.files });
  const stage = aggregate({ ...request.options.aggregate, ...(table && { features: 'nfstream', endReason: true }) });
  const abort = new AbortController();
  const signals = onStopSignals(
    outside.signals,
    () => source.stop(),
    () => {
      abort.abort();
      setTimeout(() => process.exit(signals.exitCode() ?? 1), quitMs).unref();
    },
  );
  // Without a file, flows or what a pipe makes of them may go to the same terminal.
  const barIsFree = outside.stderr.isTTY === true && !request.quiet && request.output !== null;
  const hideProgress = barIsFree ? showProgress(outside.stderr, () => source.report()) : () => {};
  const began = performance.now();
  let failure: unknown = null;
  try {
    const last = table ? [new FlowTable(columnsOf(outside.stdout, outside.env)), outside.stdout] : [outputOf(request)];
    await pipeline([source, stage, ...hidden, ...last], { signal: abort.signal, end: !table });
  } catch (error) {
    failure = error;
    source.destroy(); // where no pipeline was made of it
  } finally {
    hideProgress();
    signals.release();
  }
  return tell(request, outside, { source, stage, failure, seconds: (performance.now() - began) / 1000, stoppedBy: signals.exitCode() });
}

function check(request: Request, outside: Outside): void {
  if (request.sources.includes('-') && outside.stdin.isTTY === true) {
    throw new UsageError('Standard input is a terminal; pipe a capture into it, as in: tcpdump -w - | nfstream -.');
  }
  const { output, format } = request;
  if (output === null) {
    if (format?.name.startsWith('arrow') && outside.stdout.isTTY === true) throw new UsageError('Arrow is not text; write it to a file with -o, or into a pipe.');
    return;
  }
}

/** Nothing is written before it is known that no output is a capture, or that of two captures. */
function checkOutput({ output, options }: Request, captures: readonly string[]): void {
  if (output === null) return;
  const perFile = options.files['perFile'] === true;
  if (isPattern(output) && !perFile) throw new UsageError(`The output ${output} is named by each capture; add --per-file.`);
  const outputs = isPattern(output) ? outputsFor(output, captures) : [output];
  const read = new Set(captures.map(fileId));
  const overwritten = outputs.find((path) => read.has(fileId(path) ?? ''));
  if (overwritten !== undefined) throw new UsageError(`The output ${overwritten} is one of the captures; give it another name.`);
}

/** What tells a regular file from all others, whatever it is called; undefined for what is none. */
function fileId(path: string): string | undefined {
  const stats = statIfAny(path);
  return stats?.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
}

function statIfAny(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // whoever opens it says what is wrong with it
  }
}

/** The last stage: the file, or standard output in the format asked for. */
function outputOf({ output, options }: Request): FlowFileWriter | FlowFilesWriter {
  const rotate = Object.keys(options.rotate).length > 0 ? { rotate: options.rotate } : {};
  if (isPattern(output)) return toFilePerSource(output, { ...options.csv, ...options.file, ...rotate });
  if (output !== null) return toFile(output, { ...options.csv, ...options.file, ...rotate });
  return toFile('/dev/stdout', { format: 'jsonl', ...options.csv, ...options.file });
}

/** How a run ended. */
interface Outcome {
  readonly source: PacketSource;
  readonly stage: FlowAggregator;
  readonly failure: unknown;
  readonly seconds: number;
  /** Exit code of the signal that stopped it, or null. */
  readonly stoppedBy: number | null;
}

function tell({ quiet }: Request, { stderr }: Outside, { source, stage, failure, seconds, stoppedBy }: Outcome): number {
  if (isClosedPipe(failure)) return 0;
  if (isUsageError(failure)) throw failure;
  const say = (text: string): void => void stderr.write(`nfstream: ${text}\n`);
  const { files, damages, filtered, outOfOrderFiles } = source.report();
  const damaged = damages.includes(failure as FlowError);
  // Damage fails the last stage after the output is whole, unless it has destroyed the source.
  const whole = failure === null || (damaged && source.errored === null);
  if (!quiet) {
    for (const file of outOfOrderFiles) say(`Warning: ${file} begins before the capture before it ended; give captures in the order of their times.`);
    if (whole) say(summaryLine({ ...stage.report(), files, filtered, seconds }));
  }
  for (const damage of damages) say(damage.message);
  if (stoppedBy !== null && (whole || isAbort(failure))) return stoppedBy;
  if (failure !== null && !damaged) say(sentence(failure));
  return failure !== null || damages.length > 0 ? 1 : 0;
}

/** The reader of standard output has gone away: it has what it wants. */
function isClosedPipe(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, file } = error as NodeJS.ErrnoException & { file?: string };
  if (code === 'EPIPE') return true;
  return file === '/dev/stdout' && isClosedPipe(error.cause);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function sentence(error: unknown): string {
  if (error instanceof FlowError && error.code === 'ERR_NFSTREAM_OUTPUT_EXISTS') return `${error.file} exists already, and --no-clobber refuses to replace it.`;
  return error instanceof Error ? error.message : String(error);
}
