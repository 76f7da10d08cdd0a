import type { NativeEngineCounters, NativeStepResult } from '../../typings/native.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { FlowError } from '../errors.js';
import { FlowBatch } from '../flows/flow-batch.js';
import type { FlowSource } from '../flows/flow-source.js';
import { PluginFailure } from '../plugins/index.js';
import { Schema } from '../schema/schema.js';
import type { RunState } from '../stage/run-state.js';
import { ModuleThread } from '../module-thread.js';
import type { Metering } from './metering.js';
import type { CaptureFacts } from './pieces.js';
import { receivedError, sentBatch, type MeteringReply, type MeteringRequest, type SentBatch, type ThreadSettings } from './metering-messages.js';

/** Memories of batches to keep for the next ones. */
const mostKept = 8;

/** Who waits for a reply. */
interface Waiter {
  resolve(reply: MeteringReply): void;
  reject(error: Error): void;
}

/** Metering in a thread of its own, with the plugins of a module: this thread is left free. The thread holds the process only while a reply is due. */
export class WorkerMetering implements Metering {
  readonly #thread: ModuleThread<MeteringRequest, MeteringReply>;
  readonly #run: RunState;
  readonly #memories: ArrayBuffer[] = [];
  #schema: Schema | null = null;
  #counters: NativeEngineCounters | null = null;
  #skipped: Metering['skipped'] = { count: 0, first: null };
  /** The batches that are with the thread. */
  #under: readonly PacketBatch[] | null = null;
  #waiter: Waiter | null = null;
  #ended: Error | null = null;

  constructor(settings: ThreadSettings, run: RunState) {
    this.#run = run;
    const owner = {
      take: (reply: MeteringReply) => this.#settle(reply),
      failed: (cause: Error) => this.#fail(new FlowError('ERR_NFSTREAM_PLUGIN', `The thread of plugins has failed: ${cause.message}`, { cause })),
      ended: (code: number) => this.#fail(new FlowError('ERR_NFSTREAM_PLUGIN', `The thread of plugins has ended, with the code ${code}, before the run did.`)),
    };
    this.#thread = new ModuleThread('aggregate/metering-worker', owner, settings);
  }

  get schema(): Schema {
    return this.#schema!;
  }

  get begun(): boolean {
    return this.#counters !== null;
  }

  get skipped(): Metering['skipped'] {
    return this.#skipped;
  }

  async begin(firstId: number, maxFlows: number): Promise<void> {
    const { schema } = await this.#ask({ kind: 'begin', firstId, maxFlows });
    this.#schema ??= new Schema(schema!.fields, this.#run, schema!.metadata);
  }

  async feed(batches: readonly PacketBatch[]): Promise<NativeStepResult> {
    const sent: SentBatch[] | null = this.#under === batches ? null : batches.map((batch) => sentBatch(batch, this.#memories));
    this.#under = batches;
    const { step } = await this.#ask(
      { kind: 'feed', batches: sent },
      sent?.map(({ memory }) => memory),
    );
    if (!step!.full) this.#under = null;
    return step!;
  }

  async expire(nowMs: number): Promise<NativeStepResult> {
    return (await this.#ask({ kind: 'expire', nowMs })).step!;
  }

  async snapshot(active: boolean, most: number): Promise<NativeStepResult> {
    return (await this.#ask({ kind: 'snapshot', active, most })).step!;
  }

  async flush(): Promise<NativeStepResult> {
    return (await this.#ask({ kind: 'flush' })).step!;
  }

  async take(source: FlowSource | null, facts: CaptureFacts): Promise<FlowBatch> {
    const { length, columns } = (await this.#ask({ kind: 'take', source, facts })).flows!;
    return new FlowBatch(this.schema, length, columns, source);
  }

  counters(): NativeEngineCounters {
    return this.#counters!;
  }

  async giveUp(): Promise<void> {
    this.#under = null;
    await this.#ask({ kind: 'giveUp' });
  }

  async end(): Promise<void> {
    await this.#ask({ kind: 'end' });
  }

  cancel(): void {
    this.close();
  }

  close(): void {
    this.#fail(new FlowError('ERR_NFSTREAM_STAGE_REUSED', 'The thread of plugins was given up.'));
    void this.#thread.close();
  }

  #ask(request: MeteringRequest, memories: readonly ArrayBuffer[] = []): Promise<MeteringReply> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended);
      this.#waiter = { resolve, reject };
      this.#thread.hold();
      this.#thread.tell(request, memories);
    });
  }

  #settle(reply: MeteringReply): void {
    const { counters, skipped, memories, error } = reply;
    if (counters !== undefined) this.#counters = counters;
    this.#skipped = { count: skipped.count, first: skipped.first === null ? null : receivedError(skipped.first) };
    this.#memories.push(...memories.slice(0, mostKept - this.#memories.length));
    const waiter = this.#answer();
    if (error === undefined) waiter?.resolve(reply);
    else waiter?.reject(error.failure ? new PluginFailure(receivedError(error)) : receivedError(error));
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    this.#answer()?.reject(this.#ended);
  }

  #answer(): Waiter | null {
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter !== null) this.#thread.release();
    return waiter;
  }
}
