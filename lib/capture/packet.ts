import { inspect, type InspectOptionsStylized } from 'node:util';
import { native } from '../native.js';
import { ipText, macText } from '../text/address-text.js';
import { ignoreReasons, type IgnoreReason } from './ignore-reason.js';
import type { PacketOrigins } from './packet-origins.js';
import { ipVersionMask, ipVersionShift, laterFragmentFlag, littleEndian, noMac, recordBytes, recordOffset as at, tunnelMask } from './packet-record.js';

/** The memory that a packet reads. Both throw ERR_NFSTREAM_BATCH_RELEASED once it was given back. */
export interface PacketMemory {
  readonly data: Uint8Array;
  readonly view: DataView;
  readonly firstNumber: number;
  readonly firstOffset: number;
  readonly file: string | null;
  /** Where the packets of a merged batch come from, in place of the three above. */
  readonly origins: PacketOrigins | null;
}

const none = new Uint8Array(0);

/** IP protocols whose header before the payload has a length that we know. */
const tcp = 6;
const headerOfEight = new Set([1, 17, 58]); // ICMP, UDP, ICMPv6

/**
 * One packet: a view of its batch, **valid only while its batch is**. Behind an aggregator the batch's memory is reused, and every
 * property throws ERR_NFSTREAM_BATCH_RELEASED; copy what you need (`packet.bytes.slice()`), or `batch.claim()` the batch.
 * Addresses, ports and sizes are those of the innermost IP packet, by its headers. They are null, or 0, for an ignored packet.
 */
export class Packet {
  readonly #memory: PacketMemory;
  #record: number;

  /** @internal Packets are made by batches. */
  constructor(memory: PacketMemory, index: number) {
    this.#memory = memory;
    this.#record = index * recordBytes;
  }

  /** @internal Makes it the packet of another index. */
  static move(packet: Packet, index: number): void {
    packet.#record = index * recordBytes;
  }

  /** @internal Where its transport header begins in its bytes; 0 when that was not captured. */
  static transportAt(packet: Packet): number {
    return packet.#u16(at.l4Offset);
  }

  /** @internal Where its IP header begins in its bytes. */
  static ipAt(packet: Packet): number {
    return packet.#u16(at.l3Offset);
  }

  /** Number of the packet in its file, from 1. */
  get number(): number {
    const { firstNumber, origins } = this.#memory;
    const delta = this.#u32(at.numberDelta);
    return origins === null ? firstNumber + delta : origins.number(delta);
  }

  /** Where its record begins in its (uncompressed) file, in bytes. */
  get byteOffset(): number {
    const { firstOffset, origins } = this.#memory;
    return origins === null ? firstOffset + this.#u32(at.offsetDelta) : origins.offset(this.#u32(at.numberDelta));
  }

  /** The file as it was given to the source; null when it has none. */
  get file(): string | null {
    const { file, origins } = this.#memory;
    return origins === null ? file : origins.file(this.#u32(at.numberDelta));
  }

  /** Time of capture in milliseconds since the epoch, with a fraction down to the microsecond. */
  get timeMs(): number {
    return Number(this.timeNs / 1000n) / 1000;
  }

  /** Time of capture in nanoseconds since the epoch. */
  get timeNs(): bigint {
    return this.#memory.view.getBigInt64(this.#record + at.timeNs, littleEndian);
  }

  /** The resolution of its time, as pcapng's if_tsresol has it: 6 for microseconds, 9 for nanoseconds, a power of two where the highest bit is set. */
  get timeResolution(): number {
    return this.#u8(at.timeResolution);
  }

  /** Bytes of the frame that are in the capture. */
  get capturedLength(): number {
    return this.#u32(at.capturedLength);
  }

  /** Bytes that the frame had on the wire. */
  get wireLength(): number {
    return this.#u32(at.wireLength);
  }

  /** The captured bytes, from the link layer on: a view, not a copy. */
  get bytes(): Uint8Array {
    const start = this.#u32(at.dataOffset);
    return this.#memory.data.subarray(start, start + this.capturedLength);
  }

  /** Number of the link type (LINKTYPE_ value), 1 for Ethernet. */
  get linkType(): number {
    return this.#u16(at.linkType);
  }

  /** tcpdump's name of the link type, such as "EN10MB"; null for a number without one. */
  get linkTypeName(): string | null {
    return native.NativeCapture.linkTypeName(this.linkType);
  }

  /** Number of the interface in its section of a pcapng file; 0 for pcap. */
  get interfaceId(): number {
    return this.#u16(at.interfaceId);
  }

  /** 4, 6, or 0 for an ignored packet. */
  get ipVersion(): number {
    return (this.#u8(at.tunnelAndIp) >> ipVersionShift) & ipVersionMask;
  }

  /** Source address as text (IPv6 as in RFC 5952). */
  get srcIp(): string | null {
    return this.#address(12, 8);
  }

  /** Destination address as text. */
  get dstIp(): string | null {
    return this.#address(16, 24);
  }

  /** Source MAC address, null when the link has none. */
  get srcMac(): string | null {
    return this.#mac(at.srcMacOffset);
  }

  /** Destination MAC address, null when the link has none. */
  get dstMac(): string | null {
    return this.#mac(at.dstMacOffset);
  }

  /** Source port of TCP and UDP, else 0. */
  get srcPort(): number {
    return this.#u16(at.srcPort);
  }

  /** Destination port of TCP and UDP, else 0. */
  get dstPort(): number {
    return this.#u16(at.dstPort);
  }

  /** IP protocol number behind all extension headers, such as 6 for TCP. */
  get protocol(): number {
    return this.#u8(at.protocol);
  }

  /** The flags byte of TCP (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128), else 0. */
  get tcpFlags(): number {
    return this.#u8(at.tcpFlags);
  }

  /** The innermost VLAN tag's number, 0 without one. */
  get vlanId(): number {
    return this.#u16(at.vlanId);
  }

  /** The innermost tunnel: 0 none, 1 GTP-U, 2 CAPWAP, 3 TZSP, 4 L2TP, 5 VXLAN, 6 Geneve, 7 GRE, 8 Teredo. */
  get tunnelId(): number {
    return this.#u8(at.tunnelAndIp) & tunnelMask;
  }

  /** Number of the network that the innermost VXLAN or Geneve tunnel names, 24 bits; 0 without one. */
  get tunnelVni(): number {
    return this.#u32(at.tunnelVni);
  }

  /** A fragment that is not the first, counted as `fragments: 'count'` says: its ports are those of the first one, and it has no TCP flags. */
  get laterFragment(): boolean {
    return (this.#u8(at.tunnelAndIp) & laterFragmentFlag) !== 0;
  }

  /** Bytes of the IP packet with its header. */
  get ipSize(): number {
    return this.#u32(at.ipSize);
  }

  /** Bytes of the transport header and payload. */
  get transportSize(): number {
    return this.#u8(at.transportHeader) + this.payloadSize;
  }

  /** Bytes of the payload of TCP, UDP, ICMP and ICMPv6, and all of a later fragment behind IP's headers. */
  get payloadSize(): number {
    return this.#u32(at.payloadSize);
  }

  /** The captured bytes behind the transport header (behind the IP header for protocols other than TCP, UDP, ICMP, ICMPv6): a view. */
  get payload(): Uint8Array {
    const end = this.#u16(at.l3Offset) + this.ipSize;
    const bytes = this.bytes.subarray(0, end);
    if (this.laterFragment) return bytes.subarray(Math.max(0, end - this.transportSize));
    const transport = this.#u16(at.l4Offset);
    if (transport === 0) return none;
    const header = this.protocol === tcp ? ((bytes[transport + 12] ?? 0) >> 4) * 4 : headerOfEight.has(this.protocol) ? 8 : 0;
    return bytes.subarray(transport + header);
  }

  /** Why the packet is in no flow; null when it is in one. */
  get ignoreReason(): Exclude<IgnoreReason, 'none'> | null {
    const reason = ignoreReasons[this.#u8(at.ignoreReason)];
    return reason === undefined || reason === 'none' ? null : reason;
  }

  [inspect.custom](depth: number, options: InspectOptionsStylized): string {
    const { number, timeMs, srcIp, srcPort, dstIp, dstPort, protocol, vlanId, tunnelId, wireLength, capturedLength, linkTypeName, ignoreReason } = this;
    const shown = {
      number,
      timeMs,
      linkTypeName,
      ...(ignoreReason === null ? { srcIp, srcPort, dstIp, dstPort, protocol, vlanId, tunnelId } : { ignoreReason }),
      wireLength,
      capturedLength,
    };
    return `Packet ${inspect(shown, { ...options, depth })}`;
  }

  #address(inIpv4: number, inIpv6: number): string | null {
    const version = this.ipVersion;
    if (version !== 4 && version !== 6) return null;
    const start = this.#u16(at.l3Offset) + (version === 4 ? inIpv4 : inIpv6);
    const length = version === 4 ? 4 : 16;
    const address = this.bytes.subarray(start, start + length);
    return address.length === length ? ipText(address) : null;
  }

  #mac(field: number): string | null {
    const offset = this.#u16(field);
    const address = this.bytes.subarray(offset, offset + 6);
    return offset !== noMac && address.length === 6 ? macText(address) : null;
  }

  #u8(field: number): number {
    return this.#memory.view.getUint8(this.#record + field);
  }

  #u16(field: number): number {
    return this.#memory.view.getUint16(this.#record + field, littleEndian);
  }

  #u32(field: number): number {
    return this.#memory.view.getUint32(this.#record + field, littleEndian);
  }
}
