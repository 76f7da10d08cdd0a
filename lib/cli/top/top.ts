import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { basename } from 'node:path';
import type { Option as Flag } from 'commander';
import { aggregate } from '../../aggregate/aggregate.js';
import type { FlowError } from '../../errors.js';
import type { FlowBatch } from '../../flows/flow-batch.js';
import { LiveSource } from '../../live/live-source.js';
import { namedSources, type NamedSources } from '../../live/named-sources.js';
import { openPackets } from '../../live/open-packets.js';
import { openFlows } from '../../open-flows.js';
import type { FileReadOptions } from '../../read/readers.js';
import { TakenRuns } from '../../stage/run-state.js';
import { Turn } from '../../stage/turn.js';
import { givenOptions, type Request } from '../command-line.js';
import { userFlag, flagsOf } from '../flags.js';
import { becomeUser, userNamed } from '../live/become-user.js';
import { flowStages } from '../outputs.js';
import { sentence } from '../run.js';
import { onStopSignals } from '../end/stop-signals.js';
import { say, type Outside } from '../streams.js';
import type { Subcommand } from '../subcommand.js';
import { isUsageError, UsageError } from '../usage-error.js';
import { FileTop } from './file-top.js';
import { LiveTop } from './live-top.js';
import type { Keyboard } from './terminal.js';
import type { TopSource } from './top-data.js';
import { TopScreen } from './top-screen.js';

/** Flows between two looks at the clock. */
const stride = 512;
const everyMs = 1000;

/** What `nfstream top` is asked for. */
interface TopRequest extends Pick<Request, 'sources' | 'user' | 'warnings' | 'options'> {
  readonly read: FileReadOptions;
}

const examples = `
Examples:
  nfstream top eth0
  nfstream top eth0,eth1 --filter 'not port 22'
  nfstream top office.pcap
  nfstream top flows.parquet --where 'protocol == 17'

Keys: q quits, Tab changes between applications and flows, s sorts, / filters, Enter shows all about a flow, p pauses, ? tells the others.
NO_COLOR in the environment leaves colours out.

Exit code: 0 quit, 1 a file was damaged or something failed, 2 wrong usage, 130 or 143 ended by SIGINT or SIGTERM.
`;

/** `nfstream top`. */
export const top: Subcommand<TopRequest> = {
  name: 'top',
  does: 'Shows applications and flows on the whole screen of a terminal: of network devices as they come, or of captures and files of flows.',
  takes: 'flows, captures, devices',
  examples,
  flags: (warn) => [userFlag(), ...flagsOf('top', warn)] satisfies Flag[],
  request: ({ program, values, sources, read, warnings }) => ({
    sources,
    user: (values['user'] as string | undefined) ?? null,
    warnings,
    read,
    options: givenOptions(program, values, []),
  }),
  perform,
};

async function perform(request: TopRequest, outside: Outside): Promise<number> {
  const { sources, user, options, warnings } = request;
  const keyboard = outside.stdin as Keyboard;
  if (sources.includes('-')) throw new UsageError('nfstream top takes keys from standard input; give it a file, a pipe with a name, or a network device.');
  if (outside.stdout.isTTY !== true || keyboard.isTTY !== true || outside.env['TERM'] === 'dumb')
    throw new UsageError('nfstream top needs a terminal, for its output and for its keys; nfstream summary tells the same once, as text.');
  const named = namedSources(sources);
  if (named.devices === null && user !== null) throw new UsageError('--user is for network devices: whoever may read a capture needs no rights besides.');
  if (named.devices !== null && 'expression' in options.where)
    throw new UsageError('--where is for flows that have ended; of a device give --filter, or / and a text in the view.');
  const notes = [...warnings, ...named.notes];
  const outcome = named.devices === null ? await ofFiles(request, outside, keyboard) : await ofDevices(request, named, user, outside, keyboard);
  for (const note of notes) say(outside, `Warning: ${note}`);
  const { failure, damages, stoppedBy } = outcome;
  for (const damage of damages) say(outside, damage.message);
  if (stoppedBy !== null) return stoppedBy;
  if (failure !== null && isUsageError(failure)) throw failure as Error;
  const damaged = damages.includes(failure as FlowError);
  if (failure !== null && !damaged) say(outside, sentence(failure));
  return failure !== null || damages.length > 0 ? 1 : 0;
}

/** How it ended. */
interface Outcome {
  /** What failed, besides the user's having seen enough. */
  readonly failure: unknown;
  readonly damages: readonly FlowError[];
  /** Exit code of the signal that ended it, or null. */
  readonly stoppedBy: number | null;
}

/** Shows a source until the user quits, a signal comes, or `work` fails. @param stop ends the work gracefully */
async function show(
  outside: Outside,
  keyboard: Keyboard,
  source: TopSource,
  work: (screen: TopScreen) => Promise<void>,
  stop: () => void,
): Promise<Omit<Outcome, 'damages'>> {
  const quit = deferred();
  const screen = new TopScreen(source, keyboard, outside, () => quit.resolve());
  let failure: unknown = null;
  const signals = onStopSignals(outside, () => quit.resolve());
  screen.enter();
  const working = work(screen).then(
    () => screen.refresh(),
    (error: unknown) => {
      failure = error;
      quit.resolve();
    },
  );
  try {
    await quit.promise;
  } finally {
    screen.leave();
    stop();
    await working;
    signals.release();
  }
  return { failure, stoppedBy: signals.exitCode() };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function ofDevices({ sources, options }: TopRequest, named: NamedSources, user: string | null, outside: Outside, keyboard: Keyboard): Promise<Outcome> {
  const become = user === null ? null : userNamed(user);
  const packets = openPackets([], named, { ...options.capture, ...options.live });
  const stage = aggregate({ ...options.aggregate, features: 'nfstream', increments: true });
  const live = new LiveTop(stage, sources.join(', '));
  try {
    if (packets instanceof LiveSource) await packets.open();
    if (become !== null) becomeUser(become, null);
  } catch (error) {
    packets.destroy();
    stage.destroy();
    return { failure: error, damages: [], stoppedBy: null };
  }
  const ended = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(batch: FlowBatch, _encoding, done) {
      live.ended(batch);
      done();
    },
  });
  const work = async (screen: TopScreen): Promise<void> => {
    const timer = setInterval(() => void live.second(Date.now()).then(() => screen.refresh()), everyMs);
    try {
      await pipeline([packets, stage, ended]);
    } finally {
      clearInterval(timer);
    }
  };
  return { ...(await show(outside, keyboard, live, work, () => packets.stop())), damages: [] };
}

async function ofFiles({ sources, options, read }: TopRequest, outside: Outside, keyboard: Keyboard): Promise<Outcome> {
  const opened = await openFlows(sources, { capture: { ...options.capture }, aggregate: { ...options.aggregate, features: 'nfstream' }, read });
  const title = sources.length === 1 ? basename(sources[0]!) : `${sources.length} files`;
  const position = (): string => {
    const { bytesRead, bytesTotal } = opened.report();
    return bytesTotal > 0 ? `${Math.floor((100 * Math.min(bytesRead, bytesTotal)) / bytesTotal)} % read` : '';
  };
  const file = new FileTop(title, position);
  const turn = new Turn();
  let enough = false;
  // Damage is told when the screen is given back.
  const runs = new TakenRuns();
  const take = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(batch: FlowBatch, _encoding, done) {
      runs.take(batch.schema.run);
      void (async () => {
        for (let row = 0; row < batch.length && !enough; row += stride) {
          file.add(batch, row, Math.min(row + stride, batch.length));
          if (turn.over()) await turn.next();
        }
      })().then(() => done(), done);
    },
  });
  const work = async (screen: TopScreen): Promise<void> => {
    const timer = setInterval(() => screen.refresh(), everyMs);
    try {
      await pipeline([opened.batches, ...(await flowStages(options)).stages, take]);
    } finally {
      clearInterval(timer);
      file.done = true;
      screen.refresh();
    }
  };
  const stop = (): void => {
    if (file.done) return;
    enough = true;
    take.destroy();
  };
  const shown = await show(outside, keyboard, file, work, stop);
  return { failure: enough ? null : shown.failure, stoppedBy: shown.stoppedBy, damages: enough ? [] : opened.report().damages };
}
