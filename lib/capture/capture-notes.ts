import type { NativeInterfaceNote, NativeNotes } from '../../typings/native.js';

/** What of all captures of a source together is kept. */
const mostBytes = 16 << 20;

/** What decrypts packets, as a decryption secrets block of pcapng has it. */
export interface Secrets {
  /** What kind of secrets: 0x544c534b is a key log of TLS. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** How an interface was described; without times, and in little endian. */
export interface InterfaceNote extends NativeInterfaceNote {
  /** Its place among all. */
  readonly place: number;
}

/** What a capture says of its interfaces. */
interface FileNotes {
  /** By their ids, those of earlier sections first. */
  readonly interfaces: Map<number, InterfaceNote[]>;
  /** The number of the first packet whose interface may not be among them. */
  unknownFrom: number;
}

/** What the pcapng captures of a source say beside their packets, for whoever writes them to another one. It is filled while they are read, ahead of their packets, and bounded. */
export class CaptureNotes {
  /** In the order in which they came. */
  readonly secrets: Secrets[] = [];
  /** Blocks of secrets for which there was no room. */
  secretsLeftOut = 0;
  readonly #files = new Map<string, FileNotes>();
  #places = 0;
  #bytes = 0;

  /** Adds what was noted of a capture; null for nothing. */
  add(file: string, notes: NativeNotes | null): void {
    if (notes === null) return;
    for (const secret of notes.secrets) {
      if (this.#hasRoom(secret.data.length)) this.secrets.push(secret);
      else this.secretsLeftOut++;
    }
    this.secretsLeftOut += notes.secretsLeftOut;
    const known = this.#files.get(file) ?? { interfaces: new Map<number, InterfaceNote[]>(), unknownFrom: Infinity };
    this.#files.set(file, known);
    for (const one of notes.interfaces) {
      if (!this.#hasRoom(one.options.length)) {
        known.unknownFrom = Math.min(known.unknownFrom, one.firstPacket);
        continue;
      }
      const all = known.interfaces.get(one.id) ?? [];
      all.push({ ...one, place: this.#places++ });
      known.interfaces.set(one.id, all);
    }
    known.unknownFrom = Math.min(known.unknownFrom, notes.unknownFrom ?? Infinity);
  }

  /** How the interface of a packet is described; null where nothing was said of it. @param id in its section, @param number of the packet in its file */
  interfaceOf(file: string | null, id: number, number: number): InterfaceNote | null {
    const known = file === null ? undefined : this.#files.get(file);
    if (known === undefined || number >= known.unknownFrom) return null;
    return known.interfaces.get(id)?.findLast(({ firstPacket }) => firstPacket <= number) ?? null;
  }

  #hasRoom(bytes: number): boolean {
    if (this.#bytes + bytes > mostBytes) return false;
    this.#bytes += bytes;
    return true;
  }
}
