import { stat } from 'node:fs/promises';
import type { FlowAggregator } from '../../aggregate/aggregate.js';
import type { RunReport } from '../../aggregate/report/run-report.js';
import type { NamedSources } from '../../live/named-sources.js';
import type { LookData, RunState, WindowName } from '../../report/gather/live-data.js';
import { LiveFigures } from '../../report/live/live-figures.js';
import { say, type Outside } from '../streams.js';
import { UsageError } from '../usage-error.js';
import { serveDashboard, type DashboardAddress, type DashboardServer } from './server.js';
import { WatchFlows } from './watch-flows.js';

export { withFigureColumns } from './columns.js';

const everyMs = 1000;
/** Active flows that are told apart each second: what they take of the processor is bounded, whatever comes. */
const mostFlows = 1000;

/** @throws {UsageError} for captures that lie there: all of them is shown by a report */
export async function checkComesLive(captures: readonly string[], { devices }: NamedSources, follow: boolean): Promise<void> {
  if (devices !== null || follow) return;
  for (const path of captures) {
    if (path === '-' || !(await stat(path)).isFile()) continue;
    throw new UsageError(
      '--dashboard shows what comes as it comes: from network devices, pipes, and files with --follow. nfstream report makes a page of a capture.',
    );
  }
}

/** The page of a run: figures of what comes, and how the run does, told each second to whoever has it open. */
export class Dashboard {
  /** Stands behind the aggregator. */
  readonly stage: WatchFlows;
  readonly #aggregator: FlowAggregator;
  readonly #figures = new LiveFigures();
  readonly #title: string;
  #server: DashboardServer | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #ended = false;
  /** Pages are told everything anew. */
  #renewed = false;
  #before: RunReport;

  /** @param added columns that nobody behind has asked for, @param sources what is captured from */
  constructor(aggregator: FlowAggregator, added: ReadonlySet<string>, sources: readonly string[]) {
    this.#aggregator = aggregator;
    this.#title = sources
      .map((source) => (source === '-' ? 'standard input' : source))
      .join(', ')
      .slice(0, 200);
    this.#before = aggregator.runReport();
    this.stage = new WatchFlows(added, (batch, ended) => (ended ? this.#figures.addEnded(batch) : this.#figures.add(batch, 0)));
  }

  /** Serves the page, and says where. @throws {FlowError} ERR_NFSTREAM_LISTEN */
  async serve(address: DashboardAddress, outside: Outside): Promise<void> {
    this.#server = await serveDashboard(address);
    say(outside, `The dashboard is at ${this.#server.url}`);
    this.#before = this.#aggregator.runReport();
    this.#next();
  }

  /** The run is over. */
  async end(): Promise<void> {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#server?.close();
  }

  /** Bins begin with whole seconds: so does telling them. */
  #next(): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => void this.#second(), everyMs - (Date.now() % everyMs)).unref();
  }

  async #second(): Promise<void> {
    const now = Date.now();
    // What is open is looked at in turn with the packets, which may wait for those behind: the page does not.
    if (!this.#looking) {
      this.#looking = true;
      const looked = this.#aggregator.look(mostFlows, (batch, threshold) => this.#figures.add(batch, threshold));
      const late = new Promise((resolve) => setTimeout(resolve, everyMs / 4).unref());
      // A look that fails destroys the aggregator, whose error ends the run and is told there.
      await Promise.race([looked.then(() => (this.#looking = false)).catch(() => {}), late]);
    }
    this.#renewed = this.#figures.tick(now);
    const report = this.#aggregator.runReport();
    const state = stateOf(report, this.#before);
    this.#before = report;
    this.#tell(state, now);
    this.#next();
  }

  #tell(state: RunState, nowMs: number): void {
    const made = new Map<string, string>();
    const eventOf = (window: WindowName, first: boolean): string => {
      const everything = first || this.#renewed;
      const key = `${window} ${everything}`;
      let event = made.get(key);
      if (event === undefined) {
        const told = everything ? this.#figures.told(window, nowMs) : null;
        const data: LookData = {
          title: this.#title,
          state,
          estimated: this.#figures.estimated(window),
          timelines: this.#figures.timelines(window, nowMs),
          told,
        };
        made.set(key, (event = `data: ${JSON.stringify(data)}\n\n`));
      }
      return event;
    };
    this.#server?.tell(eventOf);
  }
}

function stateOf(report: RunReport, before: RunReport): RunState {
  const { source, flows, seconds } = report;
  const live = source !== null && 'byDevice' in source ? source : null;
  const bytesOf = ({ source: of }: RunReport): number => (of === null ? 0 : 'byDevice' in of ? of.bytes : of.bytesRead);
  const packetsOf = ({ source: of, flows: { packets } }: RunReport): number => of?.packets ?? packets;
  const elapsed = Math.max(0.001, seconds - before.seconds);
  return {
    atMs: report.timeMs,
    seconds,
    packets: packetsOf(report),
    packetsPerSecond: Math.round((packetsOf(report) - packetsOf(before)) / elapsed),
    bytesPerSecond: Math.round((bytesOf(report) - bytesOf(before)) / elapsed),
    flows: flows.flows,
    openFlows: flows.openFlows,
    capacity: flows.capacity,
    tableBytes: flows.tableBytes,
    dropped: live === null ? null : { kernel: live.droppedByKernel, credit: live.droppedByCredit, interface: live.droppedByInterface },
    away: live?.byDevice.filter(({ away }) => away).map(({ device }) => device) ?? [],
  };
}
