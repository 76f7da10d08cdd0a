import { address, be16, bytes } from '../../../fixtures/make/build/packets.js';

/** A message of DHCP for tests. */
export interface Message {
  readonly reply?: boolean;
  readonly hardware?: string;
  readonly hardwareLength?: number;
  readonly clientAddress?: string;
  readonly your?: string;
  readonly file?: Uint8Array;
  readonly serverName?: Uint8Array;
  readonly options?: readonly (readonly [number: number, value: Uint8Array])[];
}

export const numbers = (...values: number[]): Uint8Array => Uint8Array.from(values);
export const text = (value: string): Uint8Array => Buffer.from(value);

/** Options one after the other, with their end. */
export function fieldsOf(...options: readonly (readonly [number: number, value: Uint8Array])[]): Uint8Array {
  return bytes(...options.flatMap(([number, value]) => [number, value.length, value]), 255);
}

/** Its bytes. */
export function message({
  reply = false,
  hardware = '02:00:00:00:00:01',
  hardwareLength = 6,
  clientAddress = '0.0.0.0',
  your = '0.0.0.0',
  file,
  serverName,
  options = [],
}: Message): Buffer {
  const filled = (size: number, value: Uint8Array = numbers()): Buffer => bytes(value, Buffer.alloc(size - value.length));
  const mac = Buffer.from(hardware.replaceAll(':', ''), 'hex');
  const head = bytes(reply ? 2 : 1, 1, hardwareLength, 0, [1, 2, 3, 4], be16(0), be16(0), address(clientAddress), address(your), Buffer.alloc(8));
  return bytes(head, filled(16, mac), filled(64, serverName), filled(128, file), [99, 130, 83, 99], fieldsOf(...options));
}
