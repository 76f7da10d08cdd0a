/** Which packet it is. */
export interface FrameOptions {
  /** From the destination to the source. */
  readonly back?: boolean;
  /** The source's port; 1000 by default. */
  readonly port?: number;
}

/** A UDP packet in Ethernet between 10.0.0.1 and port 53 of 10.0.0.2. */
export function frame({ back = false, port = 1000 }: FrameOptions = {}): Buffer {
  const bytes = Buffer.alloc(14 + 20 + 8 + 4);
  bytes.writeUInt16BE(0x0800, 12);
  bytes[14] = 0x45;
  bytes.writeUInt16BE(32, 16);
  bytes[22] = 64;
  bytes[23] = 17;
  bytes.set(back ? [10, 0, 0, 2, 10, 0, 0, 1] : [10, 0, 0, 1, 10, 0, 0, 2], 26);
  bytes.writeUInt16BE(back ? 53 : port, 34);
  bytes.writeUInt16BE(back ? port : 53, 36);
  bytes.writeUInt16BE(12, 38);
  return bytes;
}
