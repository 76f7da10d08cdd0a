import type { AggregateOptions } from '../aggregate/aggregate-options.js';
import { captureFile } from '../capture/index.js';
import type { NamedSources } from '../live/named-sources.js';
import { ChosenFlows } from '../packets/chosen-flows.js';
import { FlowNumbers } from '../packets/flow-numbers.js';
import { refuseStreams, writePackets } from '../packets/write-packets.js';
import { FlowError, shownPath } from '../errors.js';
import { counted } from '../text/quantity.js';
import { visible } from '../text/visible-text.js';
import type { Request } from './command-line.js';
import { UsageError } from './usage-error.js';

/** The packets of the flows that a run keeps, which `--packets` asks for. */
export class PacketsOfRun {
  readonly flows = new ChosenFlows();
  /** What the aggregator needs. */
  readonly options: AggregateOptions = { plugins: [new FlowNumbers()] };
  readonly #path: string;
  readonly #captures: readonly string[];

  private constructor(path: string, captures: readonly string[]) {
    this.#path = path;
    this.#captures = captures;
  }

  /** @throws {UsageError} where the packets can't be read a second time */
  static async of(path: string, captures: readonly string[], { devices }: NamedSources, follow: boolean): Promise<PacketsOfRun> {
    if (devices !== null) throw new UsageError('--packets is for captures: what a device gave is not there a second time.');
    if (follow) throw new UsageError('--packets is for captures that are whole, and --follow waits for more of one.');
    try {
      await refuseStreams(captures);
    } catch (error) {
      if (error instanceof FlowError) throw new UsageError(error.message);
      throw error;
    }
    return new PacketsOfRun(path, captures);
  }

  /**
   * Reads the captures again.
   * @returns what was written, in one line
   * @throws {FlowError} as {@link writePackets}
   */
  async write({ options: { capture, timeline, aggregate, file } }: Request, signal: AbortSignal): Promise<string> {
    const packets = await writePackets({
      open: () => captureFile(this.#captures, { ...capture, ...timeline }),
      aggregate,
      chosen: this.flows.ids,
      path: this.#path,
      clobber: file['clobber'] !== false,
      signal,
    });
    return `${counted(packets, 'packet')} of ${counted(this.flows.ids.size, 'flow')} in ${visible(shownPath(this.#path))}`;
  }
}
