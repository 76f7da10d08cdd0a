import { basename } from 'node:path';
import type { NativeEngine, NativeStepResult } from '../../typings/native.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { FlowError } from '../errors.js';
import type { FlowColumn } from '../flows/columns.js';
import { Turn } from '../stage/turn.js';
import { flowsInHooks, type FlowsInHooks, type ReadableColumn } from './engine-flow.js';
import { HookPacket } from './hook-packet.js';
import { addedValues } from './plugin-column.js';
import { PluginFailure, type PluginRunner, type RunningFlow } from './plugin-runner.js';
import { sharedStep, told, type SharedStep } from './shared-step.js';

/** Packets between two looks at the clock. */
const stride = 16;

/**
 * Drives one run of an engine packet by packet, with the hooks of plugins at each. It does what feed(), flush() and take() of an engine do, on this thread,
 * and lets the event loop go round.
 */
export class Lockstep {
  readonly #engine: NativeEngine;
  readonly #runner: PluginRunner;
  readonly #turn = new Turn();
  readonly #step: SharedStep;
  readonly #flows: FlowsInHooks;
  /** By slot. */
  readonly #open: (RunningFlow | undefined)[] = [];
  /** Those that were put out, or will be, in that order. */
  #ended: RunningFlow[] = [];
  /** Where it stands in the batches under way, and whether that one was begun. */
  #batch = 0;
  #begun = false;
  #packet: HookPacket | null = null;
  #closed = false;

  /** @param columns what hooks may read, @param firstId the `id` of the run's first flow */
  constructor(engine: NativeEngine, runner: PluginRunner, columns: readonly ReadableColumn[], firstId: number) {
    this.#engine = engine;
    this.#runner = runner;
    this.#step = sharedStep(engine.lockstep(columns.map(({ column, bigint, labelled }) => ({ name: column, bigint, labelled }))));
    this.#flows = flowsInHooks(engine, this.#step, columns, runner, firstId);
  }

  /** Nothing is called any more. */
  cancel(): void {
    this.#closed = true;
  }

  /** @throws {PluginFailure} */
  async feed(batches: readonly PacketBatch[]): Promise<NativeStepResult> {
    while (this.#batch < batches.length) {
      const batch = batches[this.#batch]!;
      if (!this.#begun) this.#begin(batch);
      const result = await this.#run(() => this.#steps(batch));
      if (result !== null) return result;
      this.#begun = false;
      this.#batch++;
    }
    // Nobody waits for labels; those that are not known yet come with a later step.
    const result = this.#engine.drain(false);
    if (!result.full) this.#batch = 0;
    return result;
  }

  /** Ends the flows that are over by this time, in milliseconds by packets, while none comes. @throws {PluginFailure} */
  expire(nowMs: number): Promise<NativeStepResult> {
    return this.#endSome(() => this.#engine.expireSome(nowMs));
  }

  /** Ends every open flow. @throws {PluginFailure} */
  flush(): Promise<NativeStepResult> {
    return this.#endSome(() => this.#engine.flushSome());
  }

  /** Puts the open flows out as they are, with what the columns of plugins have by now. */
  snapshot(active: boolean, most: number): NativeStepResult {
    const { full, threshold, slots } = this.#engine.snapshotSome(active, most);
    // One whose hooks were not reached, for a failure, has no state.
    for (const slot of slots) this.#ended.push(this.#open[slot] ?? this.#runner.start());
    return { full, enough: false, rows: slots.length, awaited: false, threshold };
  }

  async #endSome(step: () => 0 | 2): Promise<NativeStepResult> {
    return (
      (await this.#run(() => {
        const status = step();
        this.#endFlows();
        return status;
      })) ?? this.#engine.drain(true)
    );
  }

  /** Forgets the batches under way, after a failure. */
  giveUp(): void {
    this.#begun = false;
    this.#batch = 0;
    this.#endFlows();
  }

  /** The columns of plugins for the flows that were put out: as many as were taken. */
  take(rows: number): FlowColumn[] {
    const states = this.#ended.slice(0, rows);
    this.#ended = this.#ended.slice(rows);
    return this.#runner.columns.map((column) =>
      addedValues(
        column,
        states.map((state) => this.#runner.valueOf(column, state)),
      ),
    );
  }

  #begin(batch: PacketBatch): void {
    this.#engine.begin(batch.data, batch.records, batch.origins ?? basename(batch.file ?? ''));
    this.#packet = new HookPacket(batch.memory(), this.#step);
    this.#begun = true;
  }

  /** Goes on until there is no more (null), or until the output must be taken. `work` gives 0 when it has done all, 1 when it is the event loop's turn, 2 when ended flows must be put out. */
  async #run(work: () => 0 | 1 | 2): Promise<NativeStepResult | null> {
    while (!this.#closed) {
      const status = work();
      if (status === 0) return null;
      if (status === 2) {
        const result = this.#engine.drain(true);
        if (result.full || result.enough) return result;
      }
      if (this.#turn.over()) await this.#turn.next();
    }
    return { full: false, enough: false, rows: 0, awaited: false };
  }

  #steps(batch: PacketBatch): 0 | 1 | 2 {
    const engine = this.#engine;
    const { u32 } = this.#step;
    const packet = this.#packet!;
    const { data, records } = batch;
    for (let count = 1; ; count++) {
      const status = engine.next();
      if (u32[told.ended]! > 0) this.#endFlows();
      if (status !== 1) return status;
      HookPacket.move(packet, u32[told.index]!);
      this.#call(packet);
      if (records.length === 0 || (data.length === 0 && packet.capturedLength > 0)) throw new PluginFailure(givenAway());
      if (count % stride === 0 && (this.#closed || this.#turn.over())) return 1;
    }
  }

  /** The hooks of the packet that was told. */
  #call(packet: HookPacket): void {
    const { u32 } = this.#step;
    const slot = u32[told.flow]!;
    const opened = u32[told.opened] === 1;
    const state = opened ? (this.#open[slot] = this.#runner.open()) : this.#open[slot]!;
    const flow = this.#flows.current;
    flow.show(state, slot);
    this.#runner.packet(state, opened, packet, flow);
    if (flow.asked !== null) this.#expire(flow.asked.exportReason, flow.asked.ignoreRest);
    else if (state.updates.length === 0) this.#engine.unwatch();
  }

  #expire(exportReason: number, ignoreRest: boolean): void {
    this.#engine.expire(exportReason, ignoreRest);
    this.#endFlows();
  }

  /** The hooks of the flows that have ended, in their order. */
  #endFlows(): void {
    const { u32 } = this.#step;
    const failures: unknown[] = [];
    for (;;) {
      const count = u32[told.ended]!;
      u32[told.ended] = 0;
      for (let i = 0; i < count; i++) {
        try {
          this.#end(u32[told.endedFlows + 2 * i]!, u32[told.endedFlows + 2 * i + 1]!);
        } catch (error) {
          failures.push(error);
        }
      }
      if (u32[told.more] === 0) break;
      this.#engine.moreEnded();
    }
    if (failures.length > 0) throw failures[0];
  }

  #end(slot: number, reason: number): void {
    // A packet whose hooks were not reached, for a failure, has opened a flow.
    const state = this.#open[slot] ?? this.#runner.open();
    this.#open[slot] = undefined;
    this.#ended.push(state);
    this.#flows.ended.show(state, slot, reason);
    this.#runner.expire(state, this.#flows.ended);
  }
}

function givenAway(): FlowError {
  return new FlowError(
    'ERR_NFSTREAM_PLUGIN',
    'A hook gave away the memory of its packets, by structuredClone() or postMessage() with a transfer; packet.copy() gives what may leave a hook.',
  );
}
