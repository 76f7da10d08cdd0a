import type { NativeStepResult } from '../../typings/native.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { invalidOption, type FlowError } from '../errors.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import type { PluginRow, rowType } from '../flows/flow.js';
import { asFlowError } from '../native.js';
import { PluginFailure, type AnyPlugin, type PluginColumnsOf, type MetricValues, type PluginRunner } from '../plugins/index.js';
import { joined } from '../stage/inputs.js';
import { noteDamage, TakenRuns, type RunState } from '../stage/run-state.js';
import { Stage } from '../stage/stage.js';
import { whenDone } from '../stage/when-done.js';
import type { AggregateOptions, AggregateReport, CheckedOptions } from './aggregate-options.js';
import { byRun, packetBatches } from './packet-batches.js';
import { checkAggregateOptions, type WorkerChoice } from './check-options.js';
import { comesLive } from './live-run.js';
import { makeMetering } from './make-metering.js';
import { beforeAll, type Metering, type MeteringSource, type ShowTo } from './metering.js';
import { boundsOf, factsOf, type CaptureFacts } from './pieces.js';
import { noDevices, warnOfRights } from './processes.js';
import { aggregateReport } from './report/aggregate-report.js';
import { ApplicationCounts } from './report/application-counts.js';
import { Reporting } from './report/reporting.js';
import type { RunReport } from './report/run-report.js';
import { RunCounters } from './run-counters.js';
import { SilentWatch } from './silent-watch.js';
import { WorkerMetering } from './worker-metering.js';

/** Packet batches that may wait here or be at work. What waits is fed in one step: handing work to another thread costs as much as counting a thousand packets. */
const mostWaiting = 4;

/** Flows that wait for a batch to fill leave after this long. */
const lingerMs = 100;

/**
 * The stage from packets to flows: takes {@link PacketBatch}, gives {@link FlowBatch}. Its first chunk is always a batch (empty if need
 * be) that carries the schema. Iterating it throws the source's damage, or a plugin's error, if any, after the last flow, unless a
 * stage further on tells it. With `reportInterval` it emits `report` with a {@link RunReport}. Made by {@link aggregate}.
 *
 * @typeParam Udps what flows have in `udps`: the columns of plugins, @typeParam Metrics what they have in `metrics`
 */
export class FlowAggregator<Udps = {}, Metrics = {}> extends Stage<FlowBatch<PluginRow<Udps, Metrics>>> {
  /** For the type checker alone. */
  declare readonly [rowType]?: PluginRow<Udps, Metrics>;
  readonly #options: CheckedOptions;
  readonly #plugins: PluginRunner | null;
  readonly #worker: WorkerChoice | null;
  readonly #run: RunState = { damage: null };
  /** The runs of the sources, whose damage becomes that of the flows. */
  readonly #sources = new TakenRuns();
  readonly #watch = new SilentWatch(
    () => this.#waits(),
    (nowMs) => this.#expire(nowMs),
  );
  #metering: Metering | null = null;
  /** The capture that is a run of its own; null when there is one run of all. */
  #source: FlowSource | null = null;
  /** Its name, or that of the first one of a run; '' where it has none. */
  #capture = '';
  /** Whether a batch of it was given. */
  #given = false;
  readonly #counters = new RunCounters();
  readonly #applications = new ApplicationCounts();
  readonly #reporting: Reporting;
  #skipped: Metering['skipped'] = { count: 0, first: null };
  #step: Promise<unknown> = Promise.resolve();
  /** Batches, the clock and snapshots have the engine one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  /** How many wait for it, or have it. */
  #turns = 0;
  #lastPush = 0;
  /** Who is given what comes out, which is a snapshot; null while it is none. */
  #showTo: ((batch: FlowBatch) => Promise<unknown>) | null = null;
  /** Rows of snapshots that were not given. */
  #looked = 0;
  /** Flows have ended that the last step did not put out, since their labels were not known. */
  #awaited = false;
  /** Ends the source of the last batches. */
  #stopSource: (() => void) | null = null;
  /** `maxFlows` are given, or a plugin has failed: what still comes is dropped. */
  #enough = false;
  #failure: FlowError | null = null;

  /** @internal */
  constructor(options: AggregateOptions = {}) {
    const { checked, plugins, worker, signal, reportMs } = checkAggregateOptions(options);
    super('aggregate()', { objectMode: true, readableHighWaterMark: 2, writableHighWaterMark: mostWaiting });
    this.#options = checked;
    this.#plugins = plugins;
    this.#worker = worker;
    this.runs.take(this.#run);
    this.#reporting = new Reporting(this, reportMs);
    this.abortWith(signal);
  }

  /** What was done so far; final after the end. */
  report(): AggregateReport {
    const { capacity } = this.#options;
    const applications = this.#applications.commonest();
    return aggregateReport(this.#counters.sum(), { capacity, enough: this.#enough, skipped: this.#skipped, looked: this.#looked, applications });
  }

  /** The same, with what its source tells. */
  runReport(): RunReport {
    return this.#reporting.report();
  }

  /**
   * Gives every open flow as it is by now, and leaves it open: the counts of all its packets so far, the label that it has by then, `id` -1, `expiration_id` 5 and the
   * end reason `snapshot`. They are given behind the flows that have ended before, in the order of their last packets. Hooks of plugins are not called.
   * @param active true for the flows that have had a packet since the snapshot before, whose new packets and bytes `increments` tells; default false: all open flows
   * @returns how many were given; 0 where no flow is open, before the first packet and after the end, and with `partial`: such a row is no piece
   * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE
   */
  async snapshot(active = false): Promise<number> {
    if (typeof active !== 'boolean') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'active of snapshot()', 'true or false', active);
    return this.#shown(active, Infinity, (batch) => this.give(batch));
  }

  /**
   * As {@link snapshot} of the active flows, of more than `most` a sample ({@link ShowTo}), but they are shown to whoever looks: the run gives the same flows as without it.
   * @internal
   */
  look(most: number, take: (batch: FlowBatch, threshold: number) => void): Promise<number> {
    return this.#shown(true, most, async (batch, threshold) => {
      this.#looked += batch.length;
      take(batch, threshold);
    });
  }

  async #shown(active: boolean, most: number, give: ShowTo): Promise<number> {
    try {
      return await this.#inTurn(() => this.#showOpen(active, most, give));
    } catch (error) {
      this.destroy(error as Error);
      throw error;
    }
  }

  /** What waited while the step before was under way. */
  override _writev(chunks: readonly { chunk: unknown }[], callback: (error?: Error | null) => void): void {
    whenDone(
      this,
      this.#inTurn(() => this.#count(chunks.map(({ chunk }) => chunk))),
      callback,
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#reporting.end();
    this.#watch.stop();
    this.#metering?.cancel();
    // A step under way reads the batch's memory and writes the table: both must stay until it is done.
    const close = (): void => {
      this.#metering?.close();
      this.#metering = null;
      super._destroy(error, callback);
    };
    this.#step.then(close, close);
  }

  protected override accept(chunk: unknown): Promise<void> {
    return this.#inTurn(() => this.#count([chunk]));
  }

  protected override finish(): Promise<void> {
    this.#watch.stop();
    return this.#inTurn(() => this.#endAll());
  }

  async #endAll(): Promise<void> {
    if (!this.#enough) {
      await this.#begin({ decodeTunnels: true, perFile: false, file: null }, null);
      await this.#orFail(async () => {
        await this.#endRun();
        await this.#metering?.end();
      });
    }
    const damage = this.#sources.tell();
    if (damage !== null) noteDamage(this.#run, damage);
  }

  async #count(chunks: readonly unknown[]): Promise<void> {
    const batches = packetBatches(chunks);
    const claimed: PacketBatch[] = [];
    try {
      for (const batch of batches) {
        if (batch.run !== null) this.#takeRun(batch.run);
        if (this.#options.processes && batch.run?.devices !== true) throw noDevices();
        batch.claim();
        claimed.push(batch);
      }
      this.#run.live ??= comesLive(batches);
      for (const ofOneRun of byRun(batches)) await this.#orFail(() => this.#feed(ofOneRun));
      // A live source may be silent for long after these.
      if (this.#run.live && this.#awaited && this.writableLength <= chunks.length) await this.#orFail(() => this.#endOver(beforeAll));
    } finally {
      for (const batch of claimed) batch.release();
    }
  }

  #takeRun(run: RunState): void {
    if (!this.#sources.take(run)) return;
    if (run.inputs !== undefined) this.#run.inputs = joined(this.#run.inputs, run.inputs);
    this.#watch.add(run);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#turns++;
    const done = this.#turn.then(work).finally(() => this.#turns--);
    this.#turn = done.catch(() => {}); // told to whoever asked for it
    return done;
  }

  /** Flows are open, and nothing waits here. */
  #waits(): boolean {
    return this.#turns === 0 && this.writableLength === 0 && this.#metering !== null && this.#counters.sum().openFlows > 0;
  }

  /** Ends what is over on a silent wire. */
  async #expire(nowMs: number): Promise<void> {
    try {
      await this.#inTurn(() => this.#orFail(() => this.#endOver(nowMs)));
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** @returns how many flows were given */
  async #showOpen(active: boolean, most: number, give: ShowTo): Promise<number> {
    const metering = this.#metering;
    if (metering === null || !metering.begun || this.#enough || this.#options.partial || this.destroyed || this.writableFinished) return 0;
    // What has ended and waits for a batch to fill stands in front.
    await this.#endOver(beforeAll);
    let [shown, threshold] = [0, 0];
    this.#showTo = (batch) => {
      shown += batch.length;
      return give(batch, threshold);
    };
    const step = (): Promise<NativeStepResult> => metering.snapshot(active, most).then((done) => ((threshold = done.threshold ?? 0), done));
    await this.#work(metering, step, true).finally(() => (this.#showTo = null));
    return shown;
  }

  /** Ends what is over by a time, and gives all that has ended. */
  async #endOver(nowMs: number): Promise<void> {
    const metering = this.#metering;
    if (metering?.begun && !this.#enough) await this.#work(metering, () => metering.expire(nowMs), true);
  }

  async #feed(batches: readonly PacketBatch[]): Promise<void> {
    if (this.#enough) return;
    const [first] = batches as [PacketBatch];
    const own = first.fileIndex;
    if (this.#metering === null) this.#capture = first.file ?? '';
    const source = { decodeTunnels: first.decodeTunnels, perFile: own !== null, file: first.file };
    const metering = await this.#begin(source, own === null ? null : { file: first.file ?? '', index: own, firstId: 0 });
    if (own !== null && own !== this.#source?.index) await this.#renew(metering, first.file ?? '', own);
    this.#stopSource = batches.find((batch) => batch.stop !== null)?.stop ?? null;
    // A live source may be silent for long after this batch.
    const live = batches.some((batch) => batch.live);
    await this.#work(metering, () => metering.feed(batches), live);
  }

  /** Ends the run of one capture and begins that of the next. */
  async #renew(metering: Metering, file: string, index: number): Promise<void> {
    await this.#endRun();
    if (this.#enough || this.destroyed) return;
    const { flows } = this.#counters.sum();
    this.#counters.begin();
    await this.#stepOf(metering.begin(flows, this.#flowsLeft(flows)));
    this.#source = { file, index, firstId: flows };
    this.#capture = file;
    this.#given = false;
  }

  async #endRun(): Promise<void> {
    const metering = this.#metering!;
    await this.#work(metering, () => metering.flush(), true);
    // A capture without flows is told by an empty batch.
    if (!this.#given) await this.#emit(metering);
    if (this.#options.partial && !this.destroyed) await this.give(boundsOf(metering.schema, this.#options, this.#facts, this.#counters.now, this.#source));
  }

  /** Steps until the engine has done all of it. `deliver`: flows do not wait for a batch to fill. */
  async #work(metering: Metering, step: () => Promise<NativeStepResult>, deliver: boolean): Promise<void> {
    while (!this.destroyed && !this.#enough) {
      const { full, enough, rows, awaited } = await this.#stepOf(step());
      this.#awaited = awaited;
      this.#enough = enough;
      if (full || enough || (rows > 0 && (deliver || performance.now() - this.#lastPush >= lingerMs))) await this.#emit(metering);
      if (enough) await this.#endEarly(metering);
      if (!full) return;
    }
  }

  /** Asks the source for an end, which then ends this stage; one that can't be asked may go on for ever. */
  async #endEarly(metering: Metering): Promise<void> {
    this.#enough = true;
    await this.#orFail(async () => metering.end());
    if (this.#stopSource !== null) return this.#stopSource();
    await this.failRun();
    if (!this.destroyed) this.push(null);
  }

  /** Does some work. When a plugin fails in it, all that was metered before is given, and the run ends. */
  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof PluginFailure)) throw error;
      if (this.#failure !== null) return; // one error ends a run, and is told
      this.#failure = error.error;
      noteDamage(this.#run, error.error);
      const metering = this.#metering;
      if (metering === null || this.#enough) return;
      await metering.giveUp();
      while (!(await this.#flushed(metering)));
      await this.#endEarly(metering);
    }
  }

  /** Ends what is open. False when another plugin has failed on the way. */
  async #flushed(metering: Metering): Promise<boolean> {
    try {
      await this.#work(metering, () => metering.flush(), true);
      return true;
    } catch (error) {
      if (!(error instanceof PluginFailure)) throw error;
      return false;
    }
  }

  /** One step of the engine: what it threw as our error, its counters kept for the report. */
  async #stepOf<Result>(step: Promise<Result>): Promise<Result> {
    this.#step = step;
    const counted = (): void => {
      if (this.#metering === null) return;
      this.#counters.update(this.#metering.counters());
      this.#skipped = this.#metering.skipped;
    };
    const done = await step.catch((error: unknown) => {
      if (!(error instanceof PluginFailure)) throw asFlowError(error);
      counted();
      throw error;
    });
    counted();
    return done;
  }

  async #emit(metering: Metering): Promise<void> {
    if (this.destroyed) return;
    this.#lastPush = performance.now();
    this.#given = true;
    const batch = metering.take(this.#source, this.#facts);
    this.#step = batch;
    const taken = await batch;
    this.#skipped = metering.skipped;
    if (this.#showTo !== null) return void (await this.#showTo(taken));
    this.#applications.add(taken);
    await this.give(taken);
  }

  get #facts(): CaptureFacts {
    return factsOf(this.#options, this.#source, this.#capture, this.#counters.now);
  }

  /** How many flows the run that begins may give. */
  #flowsLeft(given: number): number {
    const { maxFlows } = this.#options;
    return maxFlows === 0 ? Infinity : maxFlows - given;
  }

  /** Makes the engine and the schema at the first packet, or at the end of a source without one. `run` is the first of several runs. */
  async #begin(source: MeteringSource, run: FlowSource | null): Promise<Metering> {
    if (this.#metering !== null) return this.#metering;
    this.#source = run;
    const metering = (this.#metering =
      this.#worker === null
        ? makeMetering(this.#options, source, this.#run, this.#plugins)
        : new WorkerMetering({ ...this.#worker, options: this.#options, source }, this.#run));
    if (this.#options.processes) warnOfRights();
    await this.#stepOf(metering.begin(0, this.#flowsLeft(0)));
    await this.#emit(metering);
    return metering;
  }
}

/**
 * Makes the stage that turns packets into flows. Key, direction, expiry and clock are nfstream's (docs/differences.md lists where not).
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_COLUMN for a name in
 * `features` that no column has or whose option is off, and for a metric or a plugin's column whose name is taken, ERR_NFSTREAM_EXPRESSION for a metric that can't be read; while it runs, the stage is destroyed with ERR_NFSTREAM_NO_NDPI,
 * ERR_NFSTREAM_NDPI_MISMATCH, ERR_NFSTREAM_RULES, ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_IS_DIRECTORY, ERR_NFSTREAM_PERMISSION or ERR_NFSTREAM_READ for a file of rules,
 * ERR_NFSTREAM_BATCH_TYPE, ERR_NFSTREAM_BATCH_RELEASED, ERR_NFSTREAM_PROCESSES or ERR_NFSTREAM_MEMORY, or ERR_NFSTREAM_OPTION_RANGE for `processes` behind anything but devices; when a plugin fails, ERR_NFSTREAM_PLUGIN is told after the last flow
 */
export function aggregate<const Plugins extends readonly AnyPlugin[], Names extends string, Values>(
  options?: AggregateOptions<Plugins, Names, Values>,
): FlowAggregator<PluginColumnsOf<Plugins>, MetricValues<Names, Values>> {
  return new FlowAggregator(options as AggregateOptions);
}
