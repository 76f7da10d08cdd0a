import type { AggregateOptions } from '../aggregate/aggregate-options.js';
import { captureFile } from '../capture/index.js';
import type { NamedSources } from '../live/named-sources.js';
import { ChosenFlows } from '../packets/chosen-flows.js';
import { FlowNumbers } from '../packets/flow-numbers.js';
import { PacketFile } from '../packets/packet-file.js';
import type { PacketOutput } from '../packets/packet-output.js';
import { PacketTable } from '../packets/packet-table.js';
import { refuseStreams, writePackets } from '../packets/write-packets.js';
import { FlowError, shownPath } from '../errors.js';
import { counted } from '../text/quantity.js';
import { visible } from '../text/visible-text.js';
import type { Request } from './command-line.js';
import { UsageError } from './usage-error.js';

/** The files that packets are written to; null for none. */
export type PacketOutputs = Pick<Request, 'packets' | 'packetsTable'>;

/** The packets of the flows that a run keeps, which `--packets` and `--packets-table` ask for. */
export class PacketsOfRun {
  readonly flows = new ChosenFlows();
  /** What the aggregator needs. */
  readonly options: AggregateOptions = { plugins: [new FlowNumbers()] };
  readonly #outputs: PacketOutputs;
  readonly #captures: readonly string[];

  private constructor(outputs: PacketOutputs, captures: readonly string[]) {
    this.#outputs = outputs;
    this.#captures = captures;
  }

  /** @throws {UsageError} where the packets can't be read a second time */
  static async of(outputs: PacketOutputs, captures: readonly string[], { devices }: NamedSources, follow: boolean): Promise<PacketsOfRun> {
    if (devices !== null) throw new UsageError('--packets and --packets-table are for captures: what a device gave is not there a second time.');
    if (follow) throw new UsageError('--packets and --packets-table are for captures that are whole, and --follow waits for more of one.');
    try {
      await refuseStreams(captures);
    } catch (error) {
      if (error instanceof FlowError) throw new UsageError(error.message);
      throw error;
    }
    return new PacketsOfRun(outputs, captures);
  }

  /**
   * Reads the captures again.
   * @returns what was written, in one line
   * @throws {FlowError} as {@link writePackets}
   */
  async write({ options: { capture, timeline, aggregate, file } }: Request, signal: AbortSignal): Promise<string> {
    const clobber = file['clobber'] !== false;
    const { packets: path, packetsTable: table } = this.#outputs;
    const outputs: PacketOutput[] = table === null ? [] : [new PacketTable(table, { clobber })];
    if (path !== null) outputs.push(await PacketFile.open(path, clobber, signal));
    const packets = await writePackets({
      open: () => captureFile(this.#captures, { ...capture, ...timeline }),
      aggregate,
      chosen: this.flows.ids,
      outputs,
      signal,
    });
    return `${counted(packets, 'packet')} of ${counted(this.flows.ids.size, 'flow')} in ${[path, table]
      .filter((name) => name !== null)
      .map((name) => visible(shownPath(name)))
      .join(' and ')}`;
  }
}
