import type { PacketBatch } from '../capture/index.js';
import { ipVersionMask, ipVersionShift, laterFragmentFlag, littleEndian, recordBytes, recordOffset as at } from '../capture/packet-record.js';

/** Checksums of the innermost IP packet, where all that they cover was captured. */
export interface ChecksumFindings {
  /** Packets with at least one that was checked. */
  checked: number;
  /** Packets with at least one wrong one, and wrong ones by header. */
  wrong: number;
  ipv4: number;
  tcp: number;
  udp: number;
  /** Of those packets, the ones whose wrong checksums are as a sender leaves them for its network card: none of IPv4's header, of TCP and UDP that of the addresses alone. */
  offloaded: number;
}

const tcp = 6;
const udp = 17;
/** Where TCP and UDP have their checksum. */
const checksumAt: Readonly<Record<number, number>> = { [tcp]: 16, [udp]: 6 };

const extensions = new Set([0, 43, 44, 51, 60, 135, 139, 140]);
const [routing, fragment, authentication] = [43, 44, 51];
/** Options of IPv4 by which the last address is another one. */
const sourceRoutes = new Set([131, 137]);
const [endOfOptions, noOperation] = [0, 1];

/** What a checksum is: right or wrong, or as it is left for a network card. Null for one that can't be checked. */
type Verdict = 'right' | 'wrong' | 'offloaded' | null;

/** Where an IP packet is, and what its record says of it. */
interface Place {
  readonly ip: number;
  readonly transport: number;
  /** Of the IP packet, by its header. */
  readonly end: number;
  /** Of what was captured. */
  readonly captured: number;
  readonly protocol: number;
}

/** Checks the checksums of packets, one after the other. */
export class Checksums {
  readonly #found: ChecksumFindings = { checked: 0, wrong: 0, ipv4: 0, tcp: 0, udp: 0, offloaded: 0 };

  /** The packets of a batch. */
  add(batch: PacketBatch): void {
    const { records, data } = batch;
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let record = 0; record < records.length; record += recordBytes) this.#look(bytes, view, record);
  }

  report(): ChecksumFindings {
    return { ...this.#found };
  }

  #look(bytes: DataView, view: DataView, record: number): void {
    const version = (view.getUint8(record + at.tunnelAndIp) >> ipVersionShift) & ipVersionMask;
    if (version !== 4 && version !== 6) return;
    const begin = view.getUint32(record + at.dataOffset, littleEndian);
    const ip = begin + view.getUint16(record + at.l3Offset, littleEndian);
    const later = (view.getUint8(record + at.tunnelAndIp) & laterFragmentFlag) !== 0;
    const l4Offset = later ? 0 : view.getUint16(record + at.l4Offset, littleEndian);
    const place: Place = {
      ip,
      transport: begin + l4Offset,
      end: ip + view.getUint32(record + at.ipSize, littleEndian),
      captured: begin + view.getUint32(record + at.capturedLength, littleEndian),
      protocol: view.getUint8(record + at.protocol),
    };
    if (ip + (version === 4 ? 20 : 40) > place.captured) return;
    const header = version === 4 ? ofHeader(bytes, place) : null;
    const transport = l4Offset === 0 ? null : version === 4 ? ofTransport4(bytes, place) : ofTransport6(bytes, place);
    this.#note(header, transport, place.protocol);
  }

  #note(header: Verdict, transport: Verdict, protocol: number): void {
    if (header === null && transport === null) return;
    const found = this.#found;
    found.checked++;
    const isWrong = (verdict: Verdict): boolean => verdict === 'wrong' || verdict === 'offloaded';
    if (!isWrong(header) && !isWrong(transport)) return;
    found.wrong++;
    if (isWrong(header)) found.ipv4++;
    if (isWrong(transport)) found[protocol === tcp ? 'tcp' : 'udp']++;
    if (header !== 'wrong' && transport !== 'wrong') found.offloaded++;
  }
}

function ofHeader(bytes: DataView, { ip, captured }: Place): Verdict {
  const end = ip + (bytes.getUint8(ip) & 0x0f) * 4;
  if (end > captured) return null;
  if (sumOf(bytes, ip, end) % 0xffff === 0) return 'right';
  return bytes.getUint16(ip + 10) === 0 ? 'offloaded' : 'wrong';
}

function ofTransport4(bytes: DataView, place: Place): Verdict {
  const { ip } = place;
  const isFragment = (bytes.getUint16(ip + 6) & 0x3fff) !== 0;
  if (isFragment || isSourceRouted(bytes, ip + 20, Math.min(place.transport, place.captured))) return null;
  return ofTransport(bytes, place, sumOf(bytes, ip + 12, ip + 20));
}

function ofTransport6(bytes: DataView, place: Place): Verdict {
  const { ip, transport } = place;
  let next = bytes.getUint8(ip + 6);
  for (let header = ip + 40; header < transport;) {
    if (!extensions.has(next) || header + 8 > place.captured) return null;
    if (next === fragment && (bytes.getUint16(header + 2) & 0xfff9) !== 0) return null;
    if (next === routing && bytes.getUint8(header + 3) > 0) return null; // to another address than the header's
    const length = bytes.getUint8(header + 1);
    const size = next === fragment ? 8 : next === authentication ? (length + 2) * 4 : (length + 1) * 8;
    next = bytes.getUint8(header);
    header += size;
  }
  return ofTransport(bytes, place, sumOf(bytes, ip + 8, ip + 40));
}

/** @param addresses their sum */
function ofTransport(bytes: DataView, { transport, end, captured, protocol }: Place, addresses: number): Verdict {
  const field = checksumAt[protocol];
  if (field === undefined || transport + field + 2 > captured) return null;
  const checksum = bytes.getUint16(transport + field);
  let covered = end;
  if (protocol === udp) {
    const length = bytes.getUint16(transport + 4);
    // Without a checksum, or with a length that is not told or wrong.
    if (checksum === 0 || length < 8 || transport + length > end) return null;
    covered = transport + length;
  }
  if (covered > captured || transport + field + 2 > covered) return null;
  const pseudo = addresses + protocol + (covered - transport);
  if ((pseudo + sumOf(bytes, transport, covered)) % 0xffff === 0) return 'right';
  return pseudo % 0xffff === checksum % 0xffff ? 'offloaded' : 'wrong';
}

function isSourceRouted(bytes: DataView, from: number, to: number): boolean {
  for (let option = from; option < to;) {
    const type = bytes.getUint8(option);
    if (sourceRoutes.has(type)) return true;
    if (type === endOfOptions || (type !== noOperation && option + 1 >= to)) return false;
    option += type === noOperation ? 1 : Math.max(2, bytes.getUint8(option + 1));
  }
  return false;
}

/** The sum of bytes as numbers of 16 bits, which is right but for multiples of 65,535: those are what the carries of a checksum add. */
function sumOf(bytes: DataView, from: number, to: number): number {
  let sum = 0;
  let place = from;
  for (; place + 4 <= to; place += 4) sum += bytes.getUint32(place);
  for (; place < to; place++) sum += bytes.getUint8(place) * 256 ** (1 - ((place - from) % 2));
  return sum;
}
