import { Option as Flag } from 'commander';
import { pipeline } from 'node:stream';
import { Turn } from '../../stage/turn.js';
import type { FlowError } from '../../errors.js';
import { quoted } from '../../errors.js';
import { openFlows } from '../../open-flows.js';
import type { FileReadOptions } from '../../read/readers.js';
import { FlowGatherer } from '../../report/flow-gatherer.js';
import { tell } from '../../report/gather/told.js';
import { summaryScreen } from './screen.js';
import { onStopSignals } from '../end/stop-signals.js';
import { columnsOf, say, type Outside } from '../streams.js';
import { flagsOf } from '../flags.js';
import { showProgress } from '../terminal/progress-bar.js';
import type { Subcommand } from '../subcommand.js';
import { where } from '../../where/where.js';
import { isUsageError, UsageError } from '../usage-error.js';

/** Flows between two looks at the clock. */
const stride = 512;
/** Width where the output is no terminal. */
const pageWidth = 80;

/** What `nfstream summary` is asked for. */
interface SummaryRequest {
  readonly sources: readonly string[];
  readonly read: FileReadOptions;
  /** The condition for flows, or null for all of them. */
  readonly where: string | null;
  /** Lines of each table. */
  readonly top: number;
}

const examples = `
Examples:
  nfstream summary flows.csv
  nfstream summary office.pcap --top 20
  nfstream summary flows.csv --where 'protocol == 17'
  nfstream office.pcap | nfstream summary -
`;

/** `nfstream summary`. */
export const summary: Subcommand<SummaryRequest> = {
  name: 'summary',
  does: 'Tells what is in files of flows, or in captures: totals, bytes over time, applications, who talks to whom, protocols, ports, durations and sizes.',
  takes: 'flows, captures',
  examples,
  flags: (warn) => [
    new Flag('--top <number>', 'Lines of each table.').default(10).argParser((text) => {
      if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--top takes a whole number from 1 to 9999, not ${quoted(text)}.`);
      return Number(text);
    }),
    ...flagsOf('summary', warn),
  ],
  request: ({ values, sources, read }) => ({ sources, read, where: (values['where'] as string | undefined) ?? null, top: values['top'] as number }),
  perform,
};

async function perform({ sources, read, where: condition, top }: SummaryRequest, outside: Outside): Promise<number> {
  if (sources.includes('-') && outside.stdin.isTTY === true) throw new UsageError('Standard input is a terminal; pipe flows or a capture into it.');
  const gatherer = new FlowGatherer();
  const { gathered } = gatherer;
  const kept = condition === null ? null : where(condition);
  const opened = await openFlows(sources, { read });
  for (const note of opened.notes) say(outside, `Warning: ${note}`);
  const signals = onStopSignals(outside, () => opened.stop());
  if (kept !== null) pipeline(opened.batches, kept, () => {}); // whoever iterates the last one is told what fails
  const hideProgress = showProgress(outside.stderr, () => ({ ...opened.report(), flows: gathered.flows }));
  const turn = new Turn();
  let failure: unknown = null;
  try {
    for await (const batch of kept ?? opened.batches) {
      for (let row = 0; row < batch.length; row += stride) {
        gatherer.add(batch, row, Math.min(row + stride, batch.length));
        if (turn.over()) await turn.next();
      }
    }
  } catch (error) {
    if (isUsageError(error)) throw error;
    failure = error;
  } finally {
    hideProgress();
    signals.release();
  }
  const { damages } = opened.report();
  const damaged = damages.includes(failure as FlowError);
  const stoppedBy = signals.exitCode();
  if (failure === null || (damaged && gathered.flows > 0) || stoppedBy !== null) {
    const title = sources.length === 1 ? sources[0]! : `${sources.length} files`;
    const width = outside.stdout.isTTY === true ? columnsOf(outside.stdout, outside.env) : pageWidth;
    outside.stdout.write(summaryScreen(tell(gathered, gatherer.texts, Infinity), title === '-' ? 'standard input' : title, width, top));
  }
  for (const damage of damages) say(outside, damage.message);
  if (failure !== null && !damaged && stoppedBy === null) say(outside, (failure as Error).message);
  return stoppedBy ?? (failure === null ? 0 : 1);
}
