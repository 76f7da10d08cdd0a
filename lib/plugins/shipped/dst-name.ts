import { ipText } from '../../text/address-text.js';
import { RecentMap } from '../../recent-map.js';
import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin } from '../plugin.js';
import { dnsAddresses } from './dns-message.js';
import { ipProtocol, knownOptions, wholeNumber } from './plugin-options.js';

/** What {@link dstName} takes. */
export interface DstNameOptions {
  /** Addresses of clients' answers that are remembered, those that were told or asked for last, 2 to 1,000,000. Default 65,536. */
  readonly names?: number;
}

/** What {@link dstName} adds to flows. */
export interface DstNameColumns {
  /** The name for which the source of the flow was last told the destination's address; null without one. */
  dst_name: string | null;
}

/**
 * A plugin that names the destinations of flows by the answers of DNS in front of them in the same capture: over UDP, port 53.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function dstName(options?: DstNameOptions): FlowPlugin<DstNameColumns> {
  const { names = 65_536 } = knownOptions('dstName', options, ['names']);
  return new DstName(wholeNumber('names of dstName()', names, 2, 1_000_000));
}

const dnsPort = 53;
const longestMessage = 4096; // the most that servers send over UDP

class DstName extends FlowPlugin<DstNameColumns> {
  override readonly name = 'dstName';
  override readonly columns = {
    dst_name: { type: 'text', meaning: "The name for which an earlier answer of DNS told the source the destination's address." },
  } as const;
  /** By client and address. */
  readonly #names: RecentMap<string>;

  constructor(names: number) {
    super();
    this.#names = new RecentMap(names);
  }

  override onInit(packet: HookPacket, flow: HookFlow<DstNameColumns>): void {
    flow.udps.dst_name = this.#names.get(`${packet.srcIp} ${packet.dstIp}`) ?? null;
    if (packet.protocol === ipProtocol.udp && (packet.srcPort === dnsPort || packet.dstPort === dnsPort)) this.onUpdate(packet);
    else flow.stopUpdates();
  }

  override onUpdate(packet: HookPacket): void {
    if (packet.srcPort !== dnsPort || packet.laterFragment) return;
    for (const { name, address } of dnsAddresses(packet.payload.subarray(0, longestMessage))) this.#names.set(`${packet.dstIp} ${ipText(address)}`, name);
  }
}
