import { inspect, type InspectOptionsStylized } from 'node:util';
import { Packet, type PacketMemory } from '../capture/packet.js';
import { told, toldNumber, toldTime, type SharedStep } from './shared-step.js';

/** What a hook may keep of a packet: see {@link HookPacket.copy}. */
export interface PacketCopy {
  readonly number: number;
  readonly file: string | null;
  readonly timeMs: number;
  readonly timeNs: bigint;
  readonly deltaMs: number;
  readonly direction: 0 | 1;
  readonly size: number;
  readonly rawSize: number;
  readonly ipSize: number;
  readonly transportSize: number;
  readonly payloadSize: number;
  readonly srcIp: string | null;
  readonly srcMac: string | null;
  readonly srcPort: number;
  readonly dstIp: string | null;
  readonly dstMac: string | null;
  readonly dstPort: number;
  readonly protocol: number;
  readonly ipVersion: number;
  readonly vlanId: number;
  readonly tunnelId: number;
  readonly tcpFlags: number;
  readonly sequenceNumber: number | null;
  readonly acknowledgementNumber: number | null;
  readonly window: number | null;
  readonly ttl: number | null;
  /** Memory of its own. */
  readonly ip: Uint8Array;
  readonly payload: Uint8Array;
}

const tcp = 6;
const flag = Object.freeze({ fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const);

/**
 * The packet that a hook is called for. **One object for all of them: valid while the hook runs**, and so are its bytes, which are views of memory that is used
 * again; `copy()` gives what may be kept. Addresses, MACs and ports are those of the packet itself: `srcIp` is who sent it, whichever end of the flow that is.
 */
export class HookPacket extends Packet {
  readonly #step: SharedStep;

  /** @internal */
  constructor(memory: PacketMemory, step: SharedStep) {
    super(memory, 0);
    this.#step = step;
  }

  /** Time at which it is counted, in milliseconds since the epoch, with a fraction down to the microsecond: its own, or the clock's where that is later. */
  override get timeMs(): number {
    return this.#step.f64[toldNumber.timeMs]!;
  }

  /** The same in nanoseconds. */
  override get timeNs(): bigint {
    return this.#step.i64[toldTime.timeNs]!;
  }

  /** Its own time in nanoseconds, which lies before `timeNs` in a capture whose packets are not in order. */
  get captureTimeNs(): bigint {
    return super.timeNs;
  }

  /** Whole milliseconds since the packet of the flow before it, as the columns of gaps count them; 0 for the first. */
  get deltaMs(): number {
    return this.#step.f64[toldNumber.deltaMs]!;
  }

  /** Nanoseconds since the packet of the flow before it; 0 for the first. */
  get deltaNs(): bigint {
    return this.#step.i64[toldTime.timeNs]! - this.#step.i64[toldTime.beforeNs]!;
  }

  /** 0 from the flow's source to its destination, 1 back. */
  get direction(): 0 | 1 {
    return this.#step.u32[told.direction]! as 0 | 1;
  }

  /** Its bytes as `accountingMode` counts them. */
  get size(): number {
    return this.#step.u32[told.size]!;
  }

  /** Bytes of the frame on the wire, whatever the accounting mode. */
  get rawSize(): number {
    return this.wireLength;
  }

  /** The captured bytes from the innermost IP header on: a view. */
  get ip(): Uint8Array {
    const at = Packet.ipAt(this);
    return this.bytes.subarray(at, at + this.ipSize);
  }

  /** Whether TCP's flag of this name is set; false for other protocols. */
  get fin(): boolean {
    return (this.tcpFlags & flag.fin) !== 0;
  }
  get syn(): boolean {
    return (this.tcpFlags & flag.syn) !== 0;
  }
  get rst(): boolean {
    return (this.tcpFlags & flag.rst) !== 0;
  }
  get psh(): boolean {
    return (this.tcpFlags & flag.psh) !== 0;
  }
  get ack(): boolean {
    return (this.tcpFlags & flag.ack) !== 0;
  }
  get urg(): boolean {
    return (this.tcpFlags & flag.urg) !== 0;
  }
  get ece(): boolean {
    return (this.tcpFlags & flag.ece) !== 0;
  }
  get cwr(): boolean {
    return (this.tcpFlags & flag.cwr) !== 0;
  }

  /** TCP's sequence number; null for other protocols, and where it was not captured. */
  get sequenceNumber(): number | null {
    return this.#tcpNumber(4, 4);
  }

  /** TCP's acknowledgement number, whether ACK is set or not; null as above. */
  get acknowledgementNumber(): number | null {
    return this.#tcpNumber(8, 4);
  }

  /** TCP's window as the header has it, not scaled; null as above. */
  get window(): number | null {
    return this.#tcpNumber(14, 2);
  }

  /** Time to live, or hop limit; null where it was not captured. */
  get ttl(): number | null {
    return this.bytes[Packet.ipAt(this) + (this.ipVersion === 4 ? 8 : 7)] ?? null;
  }

  /** What of it may be kept: a plain object with bytes of its own. */
  copy(): PacketCopy {
    const {
      number,
      file,
      timeMs,
      timeNs,
      deltaMs,
      direction,
      size,
      rawSize,
      ipSize,
      transportSize,
      payloadSize,
      srcIp,
      srcMac,
      srcPort,
      dstIp,
      dstMac,
      dstPort,
    } = this;
    const { protocol, ipVersion, vlanId, tunnelId, tcpFlags, sequenceNumber, acknowledgementNumber, window, ttl } = this;
    const sizes = { size, rawSize, ipSize, transportSize, payloadSize };
    const ends = { srcIp, srcMac, srcPort, dstIp, dstMac, dstPort };
    const headers = { protocol, ipVersion, vlanId, tunnelId, tcpFlags, sequenceNumber, acknowledgementNumber, window, ttl };
    return { number, file, timeMs, timeNs, deltaMs, direction, ...sizes, ...ends, ...headers, ip: this.ip.slice(), payload: this.payload.slice() };
  }

  override [inspect.custom](depth: number, options: InspectOptionsStylized): string {
    const { ip, payload, ...shown } = this.copy();
    return `HookPacket ${inspect({ ...shown, ip: ip.length, payload: payload.length }, { ...options, depth })}`;
  }

  #tcpNumber(offset: number, size: number): number | null {
    const transport = Packet.transportAt(this);
    if (this.protocol !== tcp || transport === 0 || this.laterFragment) return null;
    const { bytes } = this;
    const from = transport + offset;
    if (from + size > bytes.length) return null;
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + bytes[from + i]!;
    return value;
  }
}
