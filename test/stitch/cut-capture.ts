/** What a capture is made of: bytes that each part begins with, and its packets. */
interface Parts {
  /** For each packet, what stands in front of the packets of a capture that begins with it. */
  readonly heads: readonly Buffer[];
  readonly packets: readonly Buffer[];
}

/** Cuts a pcap or pcapng in front of the packets of these numbers, from 0, into captures of their own. */
export function cutCapture(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const { heads, packets } = partsOf(bytes);
  const places = [0, ...cuts, packets.length];
  const beginning = heads[0] ?? bytes;
  return places.slice(1).map((end, index) => {
    const begin = places[index]!;
    return Buffer.concat([heads[begin] ?? beginning, ...packets.slice(begin, end)]);
  });
}

/** How many packets a capture has. */
export function packetsIn(bytes: Buffer): number {
  return partsOf(bytes).packets.length;
}

function partsOf(bytes: Buffer): Parts {
  return bytes.readUInt32BE(0) === 0x0a0d0d0a ? blocksOf(bytes) : recordsOf(bytes);
}

function recordsOf(bytes: Buffer): Parts {
  const little = [0xd4c3b2a1, 0x4d3cb2a1].includes(bytes.readUInt32BE(0));
  const packets: Buffer[] = [];
  for (let at = 24; at + 16 <= bytes.length;) {
    const size = 16 + (little ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8));
    packets.push(bytes.subarray(at, at + size));
    at += size;
  }
  const head = bytes.subarray(0, 24);
  return { heads: packets.map(() => head), packets };
}

/** A part begins with the section and the interfaces that its first packet has. Blocks between packets go with the packet behind them. */
function blocksOf(bytes: Buffer): Parts {
  const heads: Buffer[] = [];
  const packets: Buffer[] = [];
  let head: Buffer[] = [];
  let little = true;
  let between: Buffer[] = [];
  for (let at = 0; at + 12 <= bytes.length;) {
    const section = bytes.readUInt32BE(at) === 0x0a0d0d0a;
    if (section) little = bytes.readUInt32BE(at + 8) === 0x4d3c2b1a;
    const read = (place: number): number => (little ? bytes.readUInt32LE(place) : bytes.readUInt32BE(place));
    const [type, size] = [read(at), read(at + 4)];
    if (size < 12) break;
    const block = bytes.subarray(at, at + size);
    at += size;
    if ([2, 3, 6].includes(type)) {
      heads.push(Buffer.concat(head));
      packets.push(Buffer.concat([...between, block]));
      between = [];
      continue;
    }
    if (section) head = [];
    head.push(block);
    if (packets.length > 0) between.push(block);
  }
  // What stands in the head already is not told twice.
  return { heads: heads.map((one, index) => withoutTail(one, packets[index]!)), packets };
}

function withoutTail(head: Buffer, packet: Buffer): Buffer {
  for (let size = Math.min(head.length, packet.length); size > 0; size -= 4) {
    if (head.subarray(head.length - size).equals(packet.subarray(0, size))) return head.subarray(0, head.length - size);
  }
  return head;
}
