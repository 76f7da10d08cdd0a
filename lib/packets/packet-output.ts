import type { HookPacket } from '../plugins/index.js';

/** Where packets of flows go. */
export interface PacketOutput {
  /** How many were added. */
  readonly packets: number;
  /** Secrets for decryption for which there was no room. */
  readonly secretsLeftOut?: number;
  /** Adds a packet of the flow of this id; it waits in memory until `drain()`. */
  add(packet: HookPacket, id: number): void;
  /** Writes what waits where that is much, or all. @throws {FlowError} */
  drain(all?: boolean): Promise<void>;
  /** Makes the output whole. @throws {FlowError} */
  commit(): Promise<void>;
  /** Gives up, and leaves nothing behind. */
  abort(): Promise<void>;
}
