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
  readonly #counts = new Map<string, { packets: number; dropped: number }>();

  /** @throws {FlowError} ERR_NFSTREAM_READ */
  constructor(devices: readonly string[]) {
    this.#devices = devices;
    this.read();
  }

  /**
   * Since it was made, by the names that were given. A device that has gone away keeps what it had, and another one of its name adds to that.
   * @throws {FlowError} ERR_NFSTREAM_READ
   */
  read(): ReadonlyMap<string, DeviceCounts> {
    const all = this.#devices.includes(anyDevice);
    for (const now of nativeInterfaces()) {
      if (!all && !this.#devices.includes(now.name)) continue;
      const before = this.#last.get(now.name) ?? now;
      this.#last.set(now.name, now);
      const since = (counter: Counter): number => (now.index === before.index ? (now[counter] - before[counter]) >>> 0 : now[counter]);
      for (const name of this.#devices.filter((device) => device === now.name || device === anyDevice)) {
        const counted = this.#counts.get(name) ?? { packets: 0, dropped: 0 };
        this.#counts.set(name, { packets: counted.packets + since('received') + since('sent'), dropped: counted.dropped + since('dropped') });
      }
    }
    return this.#counts;
  }
}
