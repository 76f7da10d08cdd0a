import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin } from '../plugin.js';
import { ipProtocol, knownOptions, wholeNumber } from './plugin-options.js';
import { hexText } from './byte-text.js';

/** What {@link payload} takes. */
export interface PayloadOptions {
  /** Bytes of each direction, 1 to 65,535. */
  readonly bytes: number;
}

/** What {@link payload} adds to flows. */
export interface PayloadColumns {
  /** The first payload bytes from source to destination, in hex; empty without any. */
  src2dst_first_bytes: string;
  /** The first payload bytes back, in hex; empty without any. */
  dst2src_first_bytes: string;
}

/**
 * A plugin that keeps the first payload bytes of each direction of TCP, UDP, ICMP and ICMPv6, as captured, in the order of the packets, repeated ones included: the option `payloadBytes` of
 * {@link aggregate} in JavaScript, with the same values. {@link reassembly} puts the bytes of TCP in order.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function payload(options: PayloadOptions): FlowPlugin<PayloadColumns> {
  const { bytes } = knownOptions('payload', options, ['bytes']);
  return new FirstBytes(wholeNumber('bytes of payload()', bytes, 1, 65_535));
}

const carriers: ReadonlySet<number> = new Set(Object.values(ipProtocol));

class FirstBytes extends FlowPlugin<PayloadColumns> {
  override readonly name = 'payload';
  override readonly columns = {
    src2dst_first_bytes: { type: 'text', default: '', meaning: 'The first payload bytes from source to destination, in hex.' },
    dst2src_first_bytes: { type: 'text', default: '', meaning: 'The first payload bytes from destination to source, in hex.' },
  } as const;
  /** Characters of a text that is full. */
  readonly #full: number;

  constructor(bytes: number) {
    super();
    this.#full = 2 * bytes;
  }

  override onInit(packet: HookPacket, flow: HookFlow<PayloadColumns>): void {
    if (carriers.has(packet.protocol)) this.onUpdate(packet, flow);
    else flow.stopUpdates();
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<PayloadColumns>): void {
    const column = packet.direction === 0 ? 'src2dst_first_bytes' : 'dst2src_first_bytes';
    const { udps } = flow;
    const wanted = (this.#full - udps[column].length) / 2;
    if (wanted === 0 || packet.payloadSize === 0 || packet.laterFragment) return;
    udps[column] += hexText(packet.payload.subarray(0, wanted));
    if (udps.src2dst_first_bytes.length === this.#full && udps.dst2src_first_bytes.length === this.#full) flow.stopUpdates();
  }
}
