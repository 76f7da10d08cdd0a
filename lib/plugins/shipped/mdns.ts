import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin } from '../plugin.js';
import { dnsNames, type DnsName } from './dns-message.js';
import { ipProtocol, knownOptions, wholeNumber } from './plugin-options.js';

/** What {@link mdns} takes. */
export interface MdnsOptions {
  /** Different names that each column keeps of a flow, 1 to 10,000. Default 100. */
  readonly names?: number;
}

/** What {@link mdns} adds to flows: different names in the order in which they came, commas between them (a comma in a name is a space); null without any. */
export interface MdnsColumns {
  /** What PTR records of answers say: instances of services, types of services, hosts. */
  mdns_ptr: string | null;
  /** Names that are asked for. */
  mdns_queries: string | null;
  /** Names of hosts whose addresses are told. */
  mdns_hosts: string | null;
}

/**
 * A plugin that reads multicast DNS over IPv4 and IPv6: flows of UDP with port 5353 at one end.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function mdns(options?: MdnsOptions): FlowPlugin<MdnsColumns> {
  const { names = 100 } = knownOptions('mdns', options, ['names']);
  return new Mdns(wholeNumber('names of mdns()', names, 1, 10_000));
}

const mdnsPort = 5353;
const longestMessage = 9000; // RFC 6762, 17; of longer ones that are hostile, more would only take time
const columnOf: Readonly<Record<DnsName['role'], keyof MdnsColumns>> = { question: 'mdns_queries', pointer: 'mdns_ptr', host: 'mdns_hosts' };

class Mdns extends FlowPlugin<MdnsColumns> {
  override readonly name = 'mdns';
  override readonly columns = {
    mdns_ptr: { type: 'text', meaning: 'What PTR records of answers say, commas between them.' },
    mdns_queries: { type: 'text', meaning: 'Names that are asked for, commas between them.' },
    mdns_hosts: { type: 'text', meaning: 'Names of hosts whose addresses are told, commas between them.' },
  } as const;
  readonly #names: number;
  /** The names of open flows, by column. */
  readonly #known = new Map<number, Record<keyof MdnsColumns, Set<string>>>();

  constructor(names: number) {
    super();
    this.#names = names;
  }

  override onInit(packet: HookPacket, flow: HookFlow<MdnsColumns>): void {
    if (packet.protocol === ipProtocol.udp && (packet.srcPort === mdnsPort || packet.dstPort === mdnsPort)) {
      this.#known.set(flow.handle, { mdns_ptr: new Set(), mdns_queries: new Set(), mdns_hosts: new Set() });
      this.onUpdate(packet, flow);
    } else flow.stopUpdates();
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<MdnsColumns>): void {
    if (packet.laterFragment) return;
    const known = this.#known.get(flow.handle)!;
    for (const { role, name } of dnsNames(packet.payload.subarray(0, longestMessage))) {
      const column = columnOf[role];
      const names = known[column];
      const shown = name.replaceAll(',', ' ');
      if (shown === '' || names.size >= this.#names || names.has(shown)) continue;
      names.add(shown);
      const before = flow.udps[column];
      flow.udps[column] = before === null ? shown : `${before},${shown}`;
    }
  }

  override onExpire(flow: HookFlow<MdnsColumns>): void {
    this.#known.delete(flow.handle);
  }
}
