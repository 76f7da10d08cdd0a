import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin, type PluginColumns } from '../plugin.js';
import { knownOptions, wholeNumber } from './plugin-options.js';

/** What {@link splt} takes. */
export interface SpltOptions {
  /** Items of each list, 1 to 65,535: as many first packets of a flow. */
  readonly packets: number;
}

/** What {@link splt} adds to flows. */
export interface SpltColumns {
  /** Directions of the first packets: 0 from source to destination, 1 back, -1 behind the last. */
  packet_directions: number[];
  /** Sizes of the first packets in bytes, as `accountingMode` says; -1 behind the last. */
  packet_sizes: number[];
  /** Milliseconds between each of the first packets and the one before it, 0 for the first; -1 behind the last. */
  packet_piat_ms: number[];
}

/**
 * A plugin that keeps direction, size and gap of the first packets of each flow: the option `splt` of {@link aggregate} in JavaScript, with the same values. The option is faster
 * and needs no `meters: 1`; this one is for runs that have plugins anyway, and to begin one's own from.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function splt(options: SpltOptions): FlowPlugin<SpltColumns> {
  const { packets } = knownOptions('splt', options, ['packets']);
  return new FirstPackets(wholeNumber('packets of splt()', packets, 1, longestList));
}

const longestList = 65_535;
const most = 2 ** 31 - 1; // what the engine's lists of 32 bits hold

class FirstPackets extends FlowPlugin<SpltColumns> {
  override readonly name = 'splt';
  override readonly columns: PluginColumns<SpltColumns>;
  readonly #packets: number;

  constructor(packets: number) {
    super();
    this.#packets = packets;
    const list = (meaning: string) => ({ type: 'list', size: packets, default: new Array<number>(packets).fill(-1), meaning }) as const;
    this.columns = {
      packet_directions: list('Directions of the first packets: 0 from source to destination, 1 back, -1 behind the last.'),
      packet_sizes: list('Sizes of the first packets in bytes; -1 behind the last.'),
      packet_piat_ms: list('Milliseconds between each of the first packets and the one before it; -1 behind the last.'),
    };
  }

  override onInit(packet: HookPacket, flow: HookFlow<SpltColumns>): void {
    this.onUpdate(packet, flow);
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<SpltColumns>): void {
    const packets = flow.bidirectionalPackets;
    const { packet_directions, packet_sizes, packet_piat_ms } = flow.udps;
    packet_directions[packets - 1] = packet.direction;
    packet_sizes[packets - 1] = Math.min(packet.size, most);
    packet_piat_ms[packets - 1] = Math.min(packet.deltaMs, most);
    if (packets >= this.#packets) flow.stopUpdates();
  }
}
