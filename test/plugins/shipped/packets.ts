import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reversed, tcp, tcpFlag, udp, type Ends } from '../../../fixtures/make/build/packets.js';
import { PacketBatch, type AggregateOptions, type AnyPlugin, type PacketInput } from '../../../lib/index.js';
import { run } from '../run.js';
import { sharedFiles } from '../../shared.js';

/** The ends of the flows that these tests make. */
export const ends: Ends = { src: '10.0.0.1', dst: '10.0.0.2', srcPort: 1000, dstPort: 80 };

const rawIp = 101; // LINKTYPE_RAW
const began = 1_000_000;

/** IP packets, as many milliseconds apart. */
export function inTurn(packets: readonly Uint8Array[], gapMs = 10): PacketInput[] {
  return packets.map((bytes, index) => ({ bytes, timeMs: began + gapMs * index, linkType: rawIp }));
}

/** A segment of TCP: who sends it, its letters ("S" "A" "F" "R"), numbers and payload. */
export interface Segment {
  readonly back?: boolean;
  readonly flags?: string;
  readonly seq: number;
  readonly ack?: number;
  readonly payload?: string;
}

const letters: Readonly<Record<string, number>> = { S: tcpFlag.syn, A: tcpFlag.ack, F: tcpFlag.fin, R: tcpFlag.rst };

/** The packet of a segment. */
export function segment({ back = false, flags = 'A', seq, ack = 0, payload = '' }: Segment): Uint8Array {
  const bits = [...flags].reduce((all, letter) => all | letters[letter]!, 0);
  return tcp(back ? reversed(ends) : ends, bits, seq >>> 0, ack >>> 0, Buffer.from(payload, 'latin1'));
}

/** A datagram between two ports. */
export function datagram(payload: Uint8Array, ports: Partial<Ends> = {}): Uint8Array {
  return udp({ ...ends, ...ports }, payload);
}

/** What a plugin leaves on the flows of these packets, in their order, and how many packets each has. */
export async function kept(
  plugins: readonly AnyPlugin[],
  packets: readonly PacketInput[],
  options: AggregateOptions = {},
): Promise<{ packets: number; udps: any }[]> {
  const { flows, error } = await run(PacketBatch.from(packets), { plugins: [...plugins], ...options });
  if (error !== null) throw error;
  return flows.map((flow) => ({ packets: flow.bidirectionalPackets, udps: flow.udps }));
}

/** A file of the fixtures. */
export const fixture = (name: string): string => fileURLToPath(new URL(join('../../../fixtures/', name), import.meta.url));

/** A capture of nDPI's and nfstream's tests, which are for measuring and lie beside the clone; null, and said, without them. */
export function capture(name: string): string | null {
  return sharedFiles([name])[0] ?? null;
}
