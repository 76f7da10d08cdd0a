import { FlowError } from '../../errors.js';
import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin } from '../plugin.js';
import { knownOptions, oneOf, positiveNumber, wholeNumber } from './plugin-options.js';

/** Where {@link slicer} cuts: at what is reached first. At least one of the three is needed. */
export interface SlicerOptions {
  /** Packets of a slice, both directions together, 1 to 2^53 - 1. */
  readonly packets?: number;
  /** Bytes of a slice, both directions together, as `accountingMode` counts them, 1 to 2^53 - 1. The packet that reaches them is in the slice, whole. */
  readonly bytes?: number;
  /** Seconds from the first packet of a slice, up to 10^9, fractions down to the nanosecond. The packet that reaches them is in the slice. */
  readonly seconds?: number;
  /** 'ignore': what comes of the flow behind its first slice is in no flow (`after_expire`). Default 'count': it is the next slice. */
  readonly rest?: 'count' | 'ignore';
}

/**
 * A plugin that cuts flows into slices of so many packets, bytes or seconds. A slice has the end reason `custom`, the last one that of its flow. It adds no column.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function slicer(options: SlicerOptions): FlowPlugin {
  const { packets, bytes, seconds, rest = 'count' } = knownOptions('slicer', options, ['packets', 'bytes', 'seconds', 'rest']);
  if (packets === undefined && bytes === undefined && seconds === undefined)
    throw new FlowError('ERR_NFSTREAM_OPTION_TYPE', 'The options of slicer() need packets, bytes or seconds: where to cut.');
  const whole = (name: string, value: unknown): number => (value === undefined ? Infinity : wholeNumber(name, value, 1, Number.MAX_SAFE_INTEGER));
  const expire = { rest: oneOf('rest of slicer()', rest, ['count', 'ignore']) };
  return new Slicer(
    whole('packets of slicer()', packets),
    whole('bytes of slicer()', bytes),
    seconds === undefined ? null : BigInt(Math.max(1, Math.round(positiveNumber('seconds of slicer()', seconds, mostSeconds) * 1e9))),
    expire,
  );
}

const mostSeconds = 1e9;

class Slicer extends FlowPlugin {
  override readonly name = 'slicer';
  readonly #packets: number;
  readonly #bytes: number;
  readonly #nanoseconds: bigint | null;
  readonly #options: { readonly rest: 'count' | 'ignore' };
  /** When each open slice began, where that matters. */
  readonly #began = new Map<number, bigint>();

  constructor(packets: number, bytes: number, nanoseconds: bigint | null, options: { readonly rest: 'count' | 'ignore' }) {
    super();
    this.#packets = packets;
    this.#bytes = bytes;
    this.#nanoseconds = nanoseconds;
    this.#options = options;
  }

  override onInit(packet: HookPacket, flow: HookFlow): void {
    if (this.#nanoseconds !== null) this.#began.set(flow.handle, packet.timeNs);
    this.onUpdate(packet, flow);
  }

  override onUpdate(packet: HookPacket, flow: HookFlow): void {
    if (flow.bidirectionalPackets >= this.#packets || flow.bidirectionalBytes >= this.#bytes || this.#late(packet, flow)) flow.expire(this.#options);
  }

  override onExpire(flow: HookFlow): void {
    this.#began.delete(flow.handle);
  }

  #late(packet: HookPacket, flow: HookFlow): boolean {
    return this.#nanoseconds !== null && packet.timeNs - this.#began.get(flow.handle)! >= this.#nanoseconds;
  }
}
