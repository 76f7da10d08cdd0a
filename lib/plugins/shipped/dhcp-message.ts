import { ipText } from '../../text/address-text.js';

/** A message of DHCP (RFC 2131), as far as it is whole. */
export interface DhcpMessage {
  /** A client sent it (BOOTREQUEST). */
  readonly fromClient: boolean;
  /** ciaddr and yiaddr; null where they are 0.0.0.0. */
  readonly clientAddress: string | null;
  readonly yourAddress: string | null;
  /** The client's hardware address, as many bytes of it as the message says; at most 16. */
  readonly hardware: Uint8Array;
  /** Numbers of its options in their order. */
  readonly order: readonly number[];
  /** Its options by number; pieces of one are put together (RFC 3396). */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

const at = { operation: 0, hardwareLength: 2, clientAddress: 12, yourAddress: 16, hardware: 28, serverName: 44, file: 108, cookie: 236, options: 240 } as const;
const option = { pad: 0, overload: 52, end: 255 } as const;
const cookie = [99, 130, 83, 99] as const;

/** Bytes of one option that are kept: what pieces of a hostile message could add up to has no end. */
const longestOption = 1024;

/** The message in a payload; null when it is none. What ends in the middle of an option has the options before it. */
export function dhcpMessage(payload: Uint8Array): DhcpMessage | null {
  if (payload.length < at.options || cookie.some((byte, i) => payload[at.cookie + i] !== byte)) return null;
  const order: number[] = [];
  const options = new Map<number, Uint8Array>();
  readOptions(payload.subarray(at.options), order, options);
  // RFC 2131, 4.1: options may go on in the fields of the file and of the server's name, in this order.
  const overload = options.get(option.overload)?.[0] ?? 0;
  if ((overload & 1) !== 0) readOptions(payload.subarray(at.file, at.cookie), order, options);
  if ((overload & 2) !== 0) readOptions(payload.subarray(at.serverName, at.file), order, options);
  return {
    fromClient: payload[at.operation] === 1,
    clientAddress: addressText(payload.subarray(at.clientAddress, at.clientAddress + 4)),
    yourAddress: addressText(payload.subarray(at.yourAddress, at.yourAddress + 4)),
    hardware: payload.subarray(at.hardware, at.hardware + Math.min(payload[at.hardwareLength]!, 16)),
    order,
    options,
  };
}

/** An IPv4 address as text; null where it is 0.0.0.0, and of any other length. */
export function addressText(bytes: Uint8Array): string | null {
  return bytes.length === 4 && bytes.some((byte) => byte !== 0) ? ipText(bytes) : null;
}

function readOptions(bytes: Uint8Array, order: number[], options: Map<number, Uint8Array>): void {
  for (let i = 0; i < bytes.length;) {
    const number = bytes[i++]!;
    if (number === option.end) return;
    if (number === option.pad) continue;
    const length = bytes[i++];
    if (length === undefined || i + length > bytes.length) return;
    const value = bytes.subarray(i, i + length);
    const before = options.get(number);
    options.set(number, before === undefined ? value : joined(before, value));
    order.push(number);
    i += length;
  }
}

function joined(before: Uint8Array, value: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.min(before.length + value.length, longestOption));
  whole.set(before.subarray(0, whole.length));
  whole.set(value.subarray(0, whole.length - before.length), before.length);
  return whole;
}
