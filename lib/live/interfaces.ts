import type { NativeInterface } from '../../typings/native.js';
import { asFlowError, native } from '../native.js';

/** A network device of this machine, or of the network namespace that the process is in. */
export interface NetworkInterface {
  /** What {@link captureLive} takes. `any` is all of them. */
  readonly name: string;
  /** Addresses with the length of their prefix: `192.0.2.1/24`. */
  readonly addresses: readonly string[];
  /** Address of the link layer, or null. */
  readonly mac: string | null;
  /** `no carrier` is up, and has no link. */
  readonly state: 'up' | 'no carrier' | 'down';
  readonly loopback: boolean;
}

/** The name that stands for all devices. */
export const anyDevice = 'any';

/**
 * The devices that can be captured from, in the system's order, and `any`. It needs no rights.
 * @throws {FlowError} ERR_NFSTREAM_READ
 */
export function interfaces(): NetworkInterface[] {
  const listed = nativeInterfaces().map(({ name, addresses, mac, up, running, loopback }): NetworkInterface => ({
    name,
    addresses,
    mac: mac === '' ? null : mac,
    state: up ? (running ? 'up' : 'no carrier') : 'down',
    loopback,
  }));
  return [...listed, { name: anyDevice, addresses: [], mac: null, state: 'up', loopback: false }];
}

/** @throws {FlowError} ERR_NFSTREAM_READ */
export function nativeInterfaces(): NativeInterface[] {
  try {
    return native.interfaces();
  } catch (error) {
    throw asFlowError(error);
  }
}
