import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin } from '../plugin.js';
import { hexText } from './byte-text.js';
import { ipProtocol, knownOptions, oneOf, wholeNumber } from './plugin-options.js';
import { TcpStream } from './tcp-stream.js';

/** What {@link reassembly} takes. */
export interface ReassemblyOptions {
  /** Bytes of each direction, 1 to 1,048,576. */
  readonly bytes: number;
  /** 'fill': zeros stand for what is missing, and what follows is told. Default 'stop': bytes are told as far as the first gap. */
  readonly gaps?: 'stop' | 'fill';
}

/** What {@link reassembly} adds to flows, each way; null on flows that are not TCP, and while a flow is under way. */
export interface ReassemblyColumns {
  /** The first bytes of the stream from source to destination, in hex. */
  src2dst_stream: string | null;
  /** Where bytes are missing that were sent in front of others, or cut by the capture: `1460-2919,4380-5839`, places from 0, both ends included; the first 100; null without any. */
  src2dst_stream_gaps: string | null;
  /** Bytes that came again and were others: the first ones are told. */
  src2dst_stream_conflicts: number | null;
  /** Whether the SYN was seen, so that the first byte is the connection's first. */
  src2dst_stream_syn: boolean | null;
  /** The same four of the stream back. */
  dst2src_stream: string | null;
  dst2src_stream_gaps: string | null;
  dst2src_stream_conflicts: number | null;
  dst2src_stream_syn: boolean | null;
}

/**
 * A plugin that puts the first bytes of TCP together, each way, by their sequence numbers: out of order, repeated, overlapping and across the end of the numbers, with what is missing told. A flow
 * takes no more than four times `bytes` of memory. With two connections in one flow, the first one is told.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function reassembly(options: ReassemblyOptions): FlowPlugin<ReassemblyColumns> {
  const { bytes, gaps = 'stop' } = knownOptions('reassembly', options, ['bytes', 'gaps']);
  return new Reassembly(wholeNumber('bytes of reassembly()', bytes, 1, 1 << 20), oneOf('gaps of reassembly()', gaps, ['stop', 'fill']));
}

const mostGaps = 100;
const ways = ['src2dst_stream', 'dst2src_stream'] as const;

class Reassembly extends FlowPlugin<ReassemblyColumns> {
  override readonly name = 'reassembly';
  override readonly columns = {
    src2dst_stream: { type: 'text', meaning: 'The first bytes of the TCP stream from source to destination, in hex.' },
    src2dst_stream_gaps: { type: 'text', meaning: 'Where bytes of it are missing.' },
    src2dst_stream_conflicts: { type: 'int', meaning: 'Bytes of it that came again and were others.' },
    src2dst_stream_syn: { type: 'boolean', meaning: 'Whether its SYN was seen.' },
    dst2src_stream: { type: 'text', meaning: 'The first bytes of the TCP stream from destination to source, in hex.' },
    dst2src_stream_gaps: { type: 'text', meaning: 'Where bytes of it are missing.' },
    dst2src_stream_conflicts: { type: 'int', meaning: 'Bytes of it that came again and were others.' },
    dst2src_stream_syn: { type: 'boolean', meaning: 'Whether its SYN was seen.' },
  } as const;
  readonly #bytes: number;
  readonly #gaps: 'stop' | 'fill';
  readonly #streams = new Map<number, readonly [TcpStream, TcpStream]>();

  constructor(bytes: number, gaps: 'stop' | 'fill') {
    super();
    this.#bytes = bytes;
    this.#gaps = gaps;
  }

  override onInit(packet: HookPacket, flow: HookFlow<ReassemblyColumns>): void {
    if (packet.protocol === ipProtocol.tcp) {
      this.#streams.set(flow.handle, [new TcpStream(this.#bytes), new TcpStream(this.#bytes)]);
      this.onUpdate(packet, flow);
    } else flow.stopUpdates();
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<ReassemblyColumns>): void {
    const { sequenceNumber } = packet;
    // A RST answers with numbers of its own, and what it carries is no part of the stream (RFC 9293, 3.5.3).
    if (sequenceNumber === null || packet.rst) return;
    const streams = this.#streams.get(flow.handle)!;
    streams[packet.direction].add(sequenceNumber, packet.syn, packet.payloadSize, packet.payload);
    if (streams[0].done && streams[1].done) flow.stopUpdates();
  }

  override onExpire(flow: HookFlow<ReassemblyColumns>): void {
    const streams = this.#streams.get(flow.handle);
    if (streams === undefined) return;
    this.#streams.delete(flow.handle);
    ways.forEach((way, direction) => {
      const stream = streams[direction]!;
      const gaps = stream.gaps(mostGaps).map((gap) => gap.join('-'));
      flow.udps[way] = hexText(stream.bytes(this.#gaps));
      flow.udps[`${way}_gaps`] = gaps.length === 0 ? null : gaps.join();
      flow.udps[`${way}_conflicts`] = stream.conflicts;
      flow.udps[`${way}_syn`] = stream.fromSyn;
    });
  }
}
