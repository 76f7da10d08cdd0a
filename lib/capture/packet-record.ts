import { endianness } from 'node:os';

/** Bytes of a packet's record; its layout is the engine's PacketRecord (native/engine/packet.h). */
export const recordBytes = 64;

/** The records are in the byte order of this machine. */
export const littleEndian = endianness() === 'LE';

/** Where each field of a record is, in bytes from its beginning. */
export const recordOffset = Object.freeze({
  timeNs: 0,
  numberDelta: 8,
  offsetDelta: 12,
  dataOffset: 16,
  capturedLength: 20,
  wireLength: 24,
  ipSize: 28,
  tunnelVni: 32,
  l3Offset: 36,
  l4Offset: 38,
  srcPort: 40,
  dstPort: 42,
  payloadSize: 44,
  linkType: 48,
  vlanId: 50,
  srcMacOffset: 52,
  dstMacOffset: 54,
  protocol: 56,
  tcpFlags: 57,
  transportHeader: 58,
  tunnelAndIp: 59,
  ignoreReason: 60,
  timeResolution: 61,
  interfaceId: 62,
} as const);

/** A MAC offset that stands for "this link has none". */
export const noMac = 0xffff;

/** Where `tunnelAndIp` has the number of the tunnel, the version of IP, and the mark of a later fragment. */
export const tunnelMask = 0x0f;
export const ipVersionShift = 4;
export const ipVersionMask = 0x07;
export const laterFragmentFlag = 0x80;
