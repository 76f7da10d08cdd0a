import type { NativeInterface } from '../../typings/native.js';
import { anyDevice, nativeInterfaces } from './interfaces.js';

/** What devices have counted themselves since a capture began. */
export interface DeviceCounts {
  /** Packets that they received and sent, whoever may have wanted them. */
  readonly packets: number;
  /** Frames for which they had no room. */
  readonly dropped: number;
}

type Counter = 'received' | 'sent' | 'dropped';

/** The own counters of devices. The system tells 32 bits of each: they are asked for often enough to be put together. */
export class DeviceCounters {
  readonly #devices: readonly string[];
  readonly #last = new Map<string, NativeInterface>();
  #packets = 0;
  #dropped = 0;

  /** @throws {FlowError} ERR_NFSTREAM_READ */
  constructor(devices: readonly string[]) {
    this.#devices = devices;
    this.read();
  }

  /** Since it was made. A device that has gone away keeps what it had. @throws {FlowError} ERR_NFSTREAM_READ */
  read(): DeviceCounts {
    for (const now of nativeInterfaces()) {
      if (!this.#devices.includes(now.name) && !this.#devices.includes(anyDevice)) continue;
      const before = this.#last.get(now.name) ?? now;
      this.#last.set(now.name, now);
      const since = (counter: Counter): number => (now[counter] - before[counter]) >>> 0;
      this.#packets += since('received') + since('sent');
      this.#dropped += since('dropped');
    }
    return { packets: this.#packets, dropped: this.#dropped };
  }
}
