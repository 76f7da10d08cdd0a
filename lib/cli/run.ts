import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { aggregate, type FlowAggregator } from '../aggregate/aggregate.js';
import { findCaptures, findCapturesSoFar, type PacketSource, type RestartReason } from '../capture/index.js';
import { LiveSource } from '../live/live-source.js';
import { namedSources, type NamedSources } from '../live/named-sources.js';
import { openPackets } from '../live/open-packets.js';
import { formatOf } from '../encode/by-format.js';
import { FlowError } from '../errors.js';
import type { Request } from './command-line.js';
import { rotates } from '../files/tee.js';
import { checkOutputs, flowStages, outputStage, stageFacts, type FlowStages } from './outputs.js';
import { showProgress } from './terminal/progress-bar.js';
import type { PacketsOfRun } from './packets-of-run.js';
import { onRunSignals } from './end/run-signals.js';
import { onStopSignals } from './end/stop-signals.js';
import { becomeUser, userNamed, type User } from './live/become-user.js';
import { processNotes } from './live/process-notes.js';
import { Watching } from './probe/watching.js';
import { columnsOf, say, type Outside } from './streams.js';
import { closingLine } from './terminal/closing-line.js';
import { labelLines } from './label-lines.js';
import { isUsageError, UsageError } from './usage-error.js';

/**
 * Does what a command line asks for.
 * @returns the exit code
 * @throws {UsageError} when the request makes no sense with these files and streams
 */
export async function run(request: Request, outside: Outside): Promise<number> {
  check(request, outside);
  const named = namedSources(request.sources);
  const follow = request.options.timeline['follow'] === true;
  const captures = named.devices === null ? (await (follow ? findCapturesSoFar : findCaptures)(request.sources)).map((capture) => capture.path) : [];
  const packetFiles = [request.packets, request.packetsTable].filter((path) => path !== null);
  const outputs = [...outputsOf(request), ...packetFiles];
  await checkOutputs(outputs, captures, request.options.timeline['perFile'] === true);
  const user = checkLive(request, named);
  const notes = processNotes(request, named.devices !== null);
  if (!request.quiet) for (const warning of [...request.warnings, ...named.notes, ...notes]) say(outside, `Warning: ${warning}`);
  const table = request.output === null && request.format === null && outside.stdout.isTTY === true;
  const asksForPackets = packetFiles.length > 0 || request.splitPackets !== null;
  const packets = asksForPackets ? await (await import('./packets-of-run.js')).PacketsOfRun.of(request, outputs, captures, named, follow) : null;
  const between = await flowStages(request.options, packets?.flows);
  const { capture, timeline, live, report } = request.options;
  const source = openPackets(follow ? request.sources : captures, named, { ...capture, ...timeline, ...live });
  const dashboards = request.dashboard === null ? null : await import('./dashboard/dashboard.js');
  await dashboards?.checkComesLive(captures, named, follow);
  const making: Readonly<Record<string, unknown>> = {
    ...(request.format?.name === 'cic' && { features: 'cicflowmeter' }),
    ...request.options.aggregate,
    ...(table && { features: 'nfstream', endReason: true }),
    ...packets?.options,
  };
  const figures = dashboards?.withFigureColumns(making, capture['decodeTunnels']) ?? null;
  const stage = aggregate({ ...(figures?.options ?? making), ...report });
  const dashboard = dashboards === null || figures === null ? null : new dashboards.Dashboard(stage, figures.added, request.sources);
  if (!request.quiet) source.on('restart', (file: string, reason: RestartReason) => say(outside, restartText(file, reason)));
  let release = (): void => {};
  const watching = new Watching(stage, request, outside);
  const signals = onStopSignals(outside, () => {
    watching.stopping();
    source.stop();
  });
  // Without a file, flows or what a pipe makes of them may go to the same terminal.
  const barIsFree = !request.quiet && request.output !== null && report['reportInterval'] === undefined;
  const hideProgress = barIsFree ? showProgress(outside.stderr, () => source.report()) : () => {};
  const began = performance.now();
  let failure: unknown = null;
  try {
    // Outputs are made by whoever the process is from here on.
    await watching.serve(request);
    if (request.dashboard !== null) await dashboard?.serve(request.dashboard, outside);
    if (source instanceof LiveSource) await beginLive(source, user, request, outside);
    watching.begin();
    const last = table ? [await tableFor(outside), outside.stdout] : [outputOf(request)];
    const [writer] = last as [Writable];
    release = onRunSignals(outside, { snapshot: () => stage.snapshot(), rotate: rotates(writer) ? () => writer.rotate() : null });
    await pipeline([source, stage, ...(dashboard === null ? [] : [dashboard.stage]), ...between.stages, ...last], { end: !table });
  } catch (error) {
    failure = error;
    source.destroy(); // where no pipeline was made of it
  } finally {
    hideProgress();
    watching.end();
    await dashboard?.end();
    release();
    signals.release();
  }
  const told = tell(request, outside, {
    source,
    stage,
    between,
    failure,
    seconds: (performance.now() - began) / 1000,
    stoppedBy: signals.exitCode(),
  });
  const good = failure === null || (source.errored === null && source.report().damages.includes(failure as FlowError));
  return packets === null || !good || signals.exitCode() !== null ? told : writePacketsOf(packets, request, told, outside);
}

/** Does what --packets asks for. @param told the exit code so far @returns the exit code */
async function writePacketsOf(packets: PacketsOfRun, request: Request, told: number, outside: Outside): Promise<number> {
  const abort = new AbortController();
  const signals = onStopSignals(outside, () => abort.abort());
  try {
    const { line, missing } = await packets.write(request, abort.signal);
    if (!request.quiet && missing !== null) say(outside, `Warning: ${missing}`);
    if (!request.quiet) say(outside, line);
    return told;
  } catch (error) {
    if (!abort.signal.aborted) say(outside, sentence(error));
    return signals.exitCode() ?? 1;
  } finally {
    signals.release();
  }
}

/** What goes with devices alone, and what does not. @returns who the process is to become */
function checkLive({ user, options }: Request, { devices }: NamedSources): User | null {
  if (devices === null && user !== null) throw new UsageError('--user is for network devices: whoever may read a capture needs no rights besides.');
  if (devices !== null && options.timeline['perFile'] === true) throw new UsageError('--per-file makes each capture a run of its own; devices are one run.');
  return user === null ? null : userNamed(user);
}

/** Opens the devices, and gives up the rights that it took. */
async function beginLive(source: LiveSource, user: User | null, request: Request, outside: Outside): Promise<void> {
  if (!request.quiet) {
    source.on('silent', (text: string) => say(outside, text));
    source.on('gone', ({ message }: FlowError) => say(outside, message));
    source.on('back', (device: string) => say(outside, `The device ${device} is there again.`));
  }
  await source.open();
  if (user !== null) becomeUser(user, loadedLater(request));
}

/** What loads modules only when it is at work, in words for a sentence; null where nothing does. */
function loadedLater(request: Request): string | null {
  const { label, enrich, predict, file } = request.options;
  const parquet = request.format?.name === 'parquet' || request.moreOutputs.some((path) => formatOf(path, file['format']).name === 'parquet');
  if (parquet) return 'Writing Parquet';
  if ('rules' in label) return '--truth';
  if ('model' in predict) return '--predict';
  return Object.keys(enrich).length > 0 ? 'Naming addresses' : null;
}

function check(request: Request, outside: Outside): void {
  if (request.sources.includes('-') && outside.stdin.isTTY === true) {
    throw new UsageError('Standard input is a terminal; pipe a capture into it, as in: tcpdump -w - | nfstream -.');
  }
  const { output, format } = request;
  if (output === null) {
    if (format?.text === false && outside.stdout.isTTY === true)
      throw new UsageError(`${format.title} is not text; write it to a file with -o, or into a pipe.`);
  }
}

function restartText(file: string, reason: RestartReason): string {
  return `${file} ${reason === 'truncated' ? 'was cut short' : 'is another file by now'}; it is read from its beginning.`;
}

/** The files to write. */
function outputsOf({ output, moreOutputs }: Request): readonly string[] {
  return output === null ? [] : [output, ...moreOutputs];
}

/** The last stage: the files, or standard output in the format asked for. */
function outputOf(request: Request): Writable {
  return outputStage(outputsOf(request), request.options);
}

/** The table of flows on the terminal. */
async function tableFor({ stdout, env }: Outside): Promise<Writable> {
  const { FlowTable } = await import('./terminal/flow-table.js');
  return new FlowTable(columnsOf(stdout, env));
}

/** How a run ended. */
interface Outcome {
  readonly source: PacketSource | LiveSource;
  readonly stage: FlowAggregator;
  readonly between: FlowStages;
  readonly failure: unknown;
  readonly seconds: number;
  /** Exit code of the signal that stopped it, or null. */
  readonly stoppedBy: number | null;
}

function tell({ quiet }: Request, outside: Outside, { source, stage, between, failure, seconds, stoppedBy }: Outcome): number {
  if (isClosedPipe(failure)) return 0;
  if (isUsageError(failure)) throw failure;
  const report = source.report();
  const { files, damages, outOfOrderFiles } = report;
  const dropped = 'received' in report && {
    dropped: { kernel: report.droppedByKernel, 'no credit': report.droppedByCredit, interface: report.droppedByInterface },
  };
  const damaged = damages.includes(failure as FlowError);
  // Damage fails the last stage after the output is whole, unless it has destroyed the source.
  const whole = failure === null || (damaged && source.errored === null);
  if (!quiet) {
    for (const file of outOfOrderFiles) say(outside, `Warning: ${file} begins before the capture before it ended; give captures in the order of their times.`);
    const facts = stageFacts(between);
    if (whole) for (const line of labelLines(facts.labels)) say(outside, line);
    if (whole)
      say(
        outside,
        closingLine({
          ...stage.report(),
          files,
          filtered: report.filtered ?? 0,
          ...('order' in report && { order: report.order }),
          ...dropped,
          ...facts,
          seconds,
        }),
      );
  }
  for (const damage of damages) say(outside, damage.message);
  if (stoppedBy !== null && whole) return stoppedBy;
  if (failure !== null && !damaged) say(outside, sentence(failure));
  return failure !== null || damages.length > 0 ? 1 : 0;
}

/** The reader of standard output has gone away: it has what it wants. */
export function isClosedPipe(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, file } = error as NodeJS.ErrnoException & { file?: string };
  if (code === 'EPIPE') return true;
  return file === '/dev/stdout' && isClosedPipe(error.cause);
}

/** What went wrong, in the words of the command. */
export function sentence(error: unknown): string {
  if (error instanceof FlowError && error.code === 'ERR_NFSTREAM_OUTPUT_EXISTS') return `${error.file} exists already, and --no-clobber refuses to replace it.`;
  return error instanceof Error ? error.message : String(error);
}
