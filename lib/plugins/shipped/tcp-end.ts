import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin } from '../plugin.js';
import { ipProtocol, knownOptions, oneOf } from './plugin-options.js';

/** What {@link tcpEnd} takes. */
export interface TcpEndOptions {
  /** 'fin': a RST, or the acknowledgement of both sides' FINs. 'first-fin': the first FIN or RST. 'rst': a RST alone. Default 'fin'. */
  readonly on?: 'fin' | 'first-fin' | 'rst';
  /** 'ignore': what comes late is in no flow (`after_expire`), until nothing has come for `idleTimeout`. Default 'count': it is a new flow. */
  readonly rest?: 'count' | 'ignore';
}

/**
 * A plugin that ends a TCP flow with the packet that ends its connection: end reason `custom`, `export_reason` 4. The option `tcpExpiry` of {@link aggregate} takes late packets in
 * for `tcpLinger` and needs no `meters: 1`. It adds no column.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function tcpEnd(options?: TcpEndOptions): FlowPlugin {
  const { on = 'fin', rest = 'count' } = knownOptions('tcpEnd', options, ['on', 'rest']);
  return new TcpEnd(oneOf('on of tcpEnd()', on, ['fin', 'first-fin', 'rst']), oneOf('rest of tcpEnd()', rest, ['count', 'ignore']));
}

const flag = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

/** Two sides' FINs: the sequence number behind each, and whether the other side has acknowledged it. */
interface Closing {
  readonly behindFin: [number | null, number | null];
  readonly acknowledged: [boolean, boolean];
}

class TcpEnd extends FlowPlugin {
  override readonly name = 'tcpEnd';
  readonly #on: 'fin' | 'first-fin' | 'rst';
  readonly #options: { readonly rest: 'count' | 'ignore'; readonly exportReason: number };
  /** Flows of which some side has sent a FIN. */
  readonly #closing = new Map<number, Closing>();

  constructor(on: 'fin' | 'first-fin' | 'rst', rest: 'count' | 'ignore') {
    super();
    this.#on = on;
    this.#options = { rest, exportReason: 4 };
  }

  override onInit(packet: HookPacket, flow: HookFlow): void {
    if (packet.protocol === ipProtocol.tcp) this.onUpdate(packet, flow);
    else flow.stopUpdates();
  }

  override onUpdate(packet: HookPacket, flow: HookFlow): void {
    const { tcpFlags } = packet;
    const ends =
      (tcpFlags & flag.rst) !== 0 ||
      (this.#on === 'first-fin' && (tcpFlags & flag.fin) !== 0) ||
      (this.#on === 'fin' && this.#finsAcknowledged(packet, tcpFlags, flow.handle));
    if (ends) flow.expire(this.#options);
  }

  override onExpire(flow: HookFlow): void {
    this.#closing.delete(flow.handle);
  }

  #finsAcknowledged(packet: HookPacket, tcpFlags: number, handle: number): boolean {
    let closing = this.#closing.get(handle);
    const fin = (tcpFlags & flag.fin) !== 0;
    if (closing === undefined && !fin) return false;
    const { sequenceNumber, acknowledgementNumber, direction } = packet;
    if (closing === undefined) this.#closing.set(handle, (closing = { behindFin: [null, null], acknowledged: [false, false] }));
    const other = direction === 0 ? 1 : 0;
    if (fin && sequenceNumber !== null) {
      const behind = (sequenceNumber + packet.payloadSize + ((tcpFlags & flag.syn) !== 0 ? 2 : 1)) >>> 0;
      // One that ends elsewhere takes the place of the one before, which the other side may never have taken.
      if (closing.behindFin[direction] !== behind) closing.acknowledged[direction] = false;
      closing.behindFin[direction] = behind;
    }
    const awaited = closing.behindFin[other];
    // Sequence numbers go round: the sign of their difference in 32 bits tells which is ahead.
    if ((tcpFlags & flag.ack) !== 0 && acknowledgementNumber !== null && awaited !== null && ((acknowledgementNumber - awaited) | 0) >= 0)
      closing.acknowledged[other] = true;
    return closing.acknowledged[0] && closing.acknowledged[1];
  }
}
