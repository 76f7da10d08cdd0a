import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { aggregate, type FlowAggregator } from '../aggregate/aggregate.js';
import type { AggregateOptions } from '../aggregate/aggregate-options.js';
import type { CaptureNotes, PacketSource } from '../capture/index.js';
import { FlowError } from '../errors.js';
import { shownName } from '../open-error.js';
import { FlowPlugin, type HookFlow, type HookPacket } from '../plugins/index.js';
import type { PacketOutput } from './packet-output.js';

const missingSecrets = 'Not all secrets for decryption were copied, as there are more than there is room for; add them with editcap --inject-secrets.';

/** What is written where. */
export interface PacketWriting {
  /** Opens the captures again, as they were read before. */
  readonly open: () => PacketSource;
  /** What they say beside their packets, which is filled while they are read. */
  readonly notes: CaptureNotes;
  /** The options by which flows were made. */
  readonly aggregate: AggregateOptions;
  /** The ids of the flows by their numbers ({@link FlowNumbers}). */
  readonly chosen: ReadonlyMap<number, number>;
  /** Where the packets go. */
  readonly outputs: readonly PacketOutput[];
  readonly signal?: AbortSignal | undefined;
}

/** Gives the packets of chosen flows to outputs. */
class PacketsOfFlows extends FlowPlugin {
  override readonly name = 'packets of flows';
  readonly #chosen: ReadonlyMap<number, number>;
  readonly #outputs: readonly PacketOutput[];
  /** The ids of open flows. */
  readonly #ids = new Map<number, number>();
  #next = 0;

  constructor(chosen: ReadonlyMap<number, number>, outputs: readonly PacketOutput[]) {
    super();
    this.#chosen = chosen;
    this.#outputs = outputs;
  }

  override onInit(packet: HookPacket, flow: HookFlow<object>): void {
    const id = this.#chosen.get(this.#next++);
    if (id === undefined) return flow.stopUpdates();
    this.#ids.set(flow.handle, id);
    this.onUpdate(packet, flow);
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<object>): void {
    const id = this.#ids.get(flow.handle)!;
    for (const output of this.#outputs) output.add(packet, id);
  }

  override onExpire(flow: HookFlow<object>): void {
    this.#ids.delete(flow.handle);
  }
}

/**
 * Reads captures a second time, and writes the packets of chosen flows.
 * @returns how many packets those are, and what is missing of secrets for decryption, in a sentence; null for nothing
 * @throws {FlowError} as the outputs and the source; damage that the first pass has told is passed over
 */
export async function writePackets({
  open,
  notes,
  aggregate: options,
  chosen,
  outputs,
  signal,
}: PacketWriting): Promise<{ packets: number; missing: string | null }> {
  try {
    signal?.throwIfAborted();
    const source = open();
    const plugin = new PacketsOfFlows(chosen, outputs);
    const drained = async (): Promise<void> => {
      for (const output of outputs) await output.drain();
    };
    const paced = new Transform({
      objectMode: true,
      highWaterMark: 1,
      transform: (batch: unknown, _encoding, done) => void drained().then(() => done(null, batch), done),
    });
    const stage = aggregate({ ...options, plugins: [...(options.plugins ?? []), plugin] });
    const passOver = async (batches: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of batches);
    };
    await pipeline([source, paced, stage, passOver] as unknown as [PacketSource, FlowAggregator], signal === undefined ? {} : { signal }).catch(
      (error: unknown) => {
        if (source.errored !== null || !source.report().damages.includes(error as FlowError)) throw error; // the packets in front of damage are good
      },
    );
    for (const output of outputs) await output.commit();
  } catch (error) {
    for (const output of outputs) await output.abort();
    throw error;
  }
  const leftOut = outputs.reduce((sum, output) => sum + (output.secretsLeftOut ?? 0), notes.secretsLeftOut);
  return { packets: outputs[0]!.packets, missing: leftOut === 0 ? null : missingSecrets };
}

/**
 * Refuses captures that can't be read a second time.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE
 */
export async function refuseStreams(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const stats = path === '-' ? null : await stat(path).catch(() => undefined);
    if (stats === undefined || stats?.isFile() === true) continue; // what is not there is told by the run
    throw new FlowError(
      'ERR_NFSTREAM_OPTION_RANGE',
      `The packets of flows are read in a second pass, and ${shownName(path)} is no regular file; write it to one first.`,
    );
  }
}
