import { ignoreReasons, type IgnoreReason, type PacketBatch } from '../capture/index.js';
import { littleEndian, recordBytes, recordOffset as at } from '../capture/packet-record.js';
import { RecordTimes } from '../capture/order/record-time.js';
import { native } from '../native.js';

/** What the packets of a capture are like. */
export interface PacketFindings {
  packets: number;
  /** Bytes of the frames on the wire. */
  bytes: number;
  /** Milliseconds since 1970; null without packets. */
  firstMs: number | null;
  lastMs: number | null;
  /** Packets by the name of their link type, or its number. */
  linkTypes: Record<string, number>;
  /** Packets in no flow, by reason. */
  ignored: Partial<Record<IgnoreReason, number>>;
  /** Packets with an earlier time than one in front of them, the largest step back, and the number of the first, and its capture. */
  outOfOrder: { packets: number; largestMs: number; firstPacket: number | null; file: string | null };
  /** Packets of which only a part was captured, and the bytes that are missing. */
  cut: { packets: number; missingBytes: number };
  /** Packets of Ethernet that are longer than a frame on a wire may be (1,522 bytes with a VLAN), and the longest. */
  oversized: { packets: number; largestBytes: number };
  /** Times inside a capture without a packet that are longer than a minute, the longest, and the number of the packet behind it, and its capture. */
  gaps: { count: number; largestMs: number; packet: number | null; file: string | null };
}

const ethernet = 1;
const longestFrame = 1522;
const gapNs = 60e9;

/** Looks at packets, one after the other. */
export class CaptureCheck {
  readonly #times = new RecordTimes();
  readonly #linkTypes = new Map<number, number>();
  readonly #ignored = new Float64Array(ignoreReasons.length);
  #firstMs: number | null = null;
  #newestNs = -Infinity;
  #newestOfFileNs = -Infinity;
  /** The capture of the batch before. */
  #file: string | null | undefined;
  #packets = 0;
  #bytes = 0;
  readonly #outOfOrder: PacketFindings['outOfOrder'] = { packets: 0, largestMs: 0, firstPacket: null, file: null };
  readonly #cut = { packets: 0, missingBytes: 0 };
  readonly #oversized = { packets: 0, largestBytes: 0 };
  readonly #gaps: PacketFindings['gaps'] = { count: 0, largestMs: 0, packet: null, file: null };

  /** The packets of a batch. */
  add(batch: PacketBatch): void {
    const { records } = batch;
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    if (batch.length > 0) this.#firstMs ??= batch.at(0)!.timeMs;
    for (let index = 0; index < batch.length; index++) this.#look(view, index * recordBytes, batch, index);
    if (batch.length > 0) this.#file = batch.file;
  }

  report(): PacketFindings {
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      firstMs: this.#firstMs,
      lastMs: this.#firstMs === null ? null : this.#firstMs + this.#newestNs / 1e6,
      linkTypes: Object.fromEntries([...this.#linkTypes].map(([type, packets]) => [native.NativeCapture.linkTypeName(type) ?? String(type), packets])),
      ignored: Object.fromEntries(
        ignoreReasons
          .map((reason, index): [IgnoreReason, number] => [reason, this.#ignored[index]!])
          .filter(([reason, count]) => reason !== 'none' && count > 0),
      ),
      outOfOrder: { ...this.#outOfOrder },
      cut: { ...this.#cut },
      oversized: { ...this.#oversized },
      gaps: { ...this.#gaps },
    };
  }

  #look(view: DataView, record: number, batch: PacketBatch, index: number): void {
    const [captured, wire] = [view.getUint32(record + at.capturedLength, littleEndian), view.getUint32(record + at.wireLength, littleEndian)];
    const linkType = view.getUint16(record + at.linkType, littleEndian);
    const reason = view.getUint8(record + at.ignoreReason);
    this.#packets++;
    this.#bytes += wire;
    this.#linkTypes.set(linkType, (this.#linkTypes.get(linkType) ?? 0) + 1);
    if (reason < this.#ignored.length) this.#ignored[reason]!++;
    if (captured < wire) {
      this.#cut.packets++;
      this.#cut.missingBytes += wire - captured;
    }
    if (linkType === ethernet && wire > longestFrame) {
      this.#oversized.packets++;
      this.#oversized.largestBytes = Math.max(this.#oversized.largestBytes, wire);
    }
    this.#lookAtTime(this.#times.of(view, record), batch, index);
  }

  #lookAtTime(time: number, batch: PacketBatch, index: number): void {
    // The time between two captures is nobody's loss.
    if (index === 0 && batch.file !== this.#file) this.#newestOfFileNs = time;
    const gap = time - this.#newestOfFileNs;
    if (gap > gapNs) {
      this.#gaps.count++;
      if (gap / 1e6 > this.#gaps.largestMs) Object.assign(this.#gaps, { largestMs: gap / 1e6, packet: batch.at(index)!.number, file: batch.file });
    }
    this.#newestOfFileNs = Math.max(this.#newestOfFileNs, time);
    const behind = this.#newestNs - time;
    if (behind > 0) {
      this.#outOfOrder.packets++;
      this.#outOfOrder.largestMs = Math.max(this.#outOfOrder.largestMs, behind / 1e6);
      if (this.#outOfOrder.firstPacket === null) Object.assign(this.#outOfOrder, { firstPacket: batch.at(index)!.number, file: batch.file });
    }
    this.#newestNs = Math.max(this.#newestNs, time);
  }
}
