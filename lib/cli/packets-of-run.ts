import type { AggregateOptions } from '../aggregate/aggregate-options.js';
import { CaptureNotes, captureWithNotes } from '../capture/index.js';
import type { NamedSources } from '../live/named-sources.js';
import { ChosenFlows } from '../packets/chosen-flows.js';
import { FlowNames } from '../packets/flow-names.js';
import { FlowNumbers } from '../packets/flow-numbers.js';
import { PacketFile } from '../packets/packet-file.js';
import type { PacketOutput } from '../packets/packet-output.js';
import { PacketTable } from '../packets/packet-table.js';
import { SplitPacketFiles } from '../packets/split-files.js';
import { refuseStreams, writePackets } from '../packets/write-packets.js';
import { FlowError, shownPath } from '../errors.js';
import { counted } from '../text/quantity.js';
import { visible } from '../text/visible-text.js';
import type { Request } from './command-line.js';
import { UsageError } from './usage-error.js';

/** The files that packets are written to; null for none. */
export type PacketOutputs = Pick<Request, 'packets' | 'splitPackets' | 'packetsTable'>;

/** The packets of the flows that a run keeps, which `--packets`, `--split-packets` and `--packets-table` ask for. */
export class PacketsOfRun {
  readonly flows: ChosenFlows;
  /** What the aggregator needs. */
  readonly options: AggregateOptions = { plugins: [new FlowNumbers()] };
  readonly #asked: PacketOutputs;
  /** All files of the run whose names are known. */
  readonly #outputs: readonly string[];
  readonly #captures: readonly string[];

  private constructor(asked: PacketOutputs, outputs: readonly string[], captures: readonly string[]) {
    this.flows = new ChosenFlows(null, asked.splitPackets === null ? null : new FlowNames(asked.splitPackets));
    this.#asked = asked;
    this.#outputs = outputs;
    this.#captures = captures;
  }

  /**
   * @param outputs files of the run whose names are known
   * @throws {UsageError} where the packets can't be read a second time, or a pattern is wrong
   */
  static async of(
    asked: PacketOutputs,
    outputs: readonly string[],
    captures: readonly string[],
    { devices }: NamedSources,
    follow: boolean,
  ): Promise<PacketsOfRun> {
    const flags = '--packets, --split-packets and --packets-table are for captures';
    if (devices !== null) throw new UsageError(`${flags}: what a device gave is not there a second time.`);
    if (follow) throw new UsageError(`${flags} that are whole, and --follow waits for more of one.`);
    try {
      await refuseStreams(captures);
      return new PacketsOfRun(asked, outputs, captures);
    } catch (error) {
      if (error instanceof FlowError) throw new UsageError(error.message);
      throw error;
    }
  }

  /**
   * Reads the captures again.
   * @returns what was written, in one line, and what is missing, in a sentence; null for nothing
   * @throws {FlowError} as {@link writePackets}
   */
  async write({ options: { capture, timeline, aggregate, file } }: Request, signal: AbortSignal): Promise<{ line: string; missing: string | null }> {
    const clobber = file['clobber'] !== false;
    const { packets: path, splitPackets: pattern, packetsTable: table } = this.#asked;
    const { paths, ids } = this.flows;
    const notes = new CaptureNotes();
    const outputs: PacketOutput[] = [];
    if (pattern !== null) outputs.push(await SplitPacketFiles.of({ paths, clobber, inputs: this.#captures, outputs: this.#outputs, cancelled: signal, notes }));
    if (table !== null) outputs.push(new PacketTable(table, { clobber }));
    if (path !== null) outputs.push(await PacketFile.open(path, clobber, signal, notes));
    const { packets, missing } = await writePackets({
      open: () => captureWithNotes(this.#captures, { ...capture, ...timeline }, notes),
      notes,
      aggregate,
      chosen: ids,
      outputs,
      signal,
    });
    const named = [path, table].filter((name) => name !== null).map((name) => visible(shownPath(name)));
    if (pattern !== null) named.push(`${counted(new Set(paths.values()).size, 'file')} (${visible(shownPath(pattern))})`);
    return { line: `${counted(packets, 'packet')} of ${counted(ids.size, 'flow')} in ${named.join(' and ')}`, missing };
  }
}
