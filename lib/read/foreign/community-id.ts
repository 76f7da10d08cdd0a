import { createHash } from 'node:crypto';
import { ipBytes } from '../../text/address-bytes.js';

/** Types of ICMP that are the answer to each other; of a message that has none, the code takes the place of the answer. */
const answers: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  1: pairs([8, 0], [13, 14], [15, 16], [17, 18], [10, 9]),
  58: pairs([128, 129], [133, 134], [135, 136], [130, 131], [144, 145], [139, 140]),
};

/** Protocols that have ports: TCP, UDP, SCTP. */
const withPorts: ReadonlySet<number> = new Set([6, 17, 132]);

/** The ends of a flow; ports of ICMP are its type and code. */
export interface Ends {
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly protocol: number;
}

/** Community ID version 1 with the seed 0, as Zeek and Suricata write it; null where something is none: an address, a port, a protocol, or addresses of one kind. */
export function communityId({ src, dst, srcPort, dstPort, protocol }: Ends): string | null {
  const [one, other] = [ipBytes(src), ipBytes(dst)];
  if (one === null || other?.length !== one.length) return null;
  if (!isUint(srcPort, 65535) || !isUint(dstPort, 65535) || !isUint(protocol, 255)) return null;
  const icmp = answers[protocol];
  const answer = icmp?.get(srcPort);
  const oneWay = icmp !== undefined && answer === undefined;
  const ports: readonly [number, number] = [srcPort, answer ?? dstPort];
  const order = Buffer.compare(one, other) || ports[0] - ports[1];
  const turned = !oneWay && order > 0;
  const text = Buffer.alloc(2 * one.length + 4 + 4);
  let at = 2; // behind the seed
  for (const address of turned ? [other, one] : [one, other]) {
    text.set(address, at);
    at += address.length;
  }
  text[at++] = protocol;
  at++;
  const hasPorts = icmp !== undefined || withPorts.has(protocol);
  if (hasPorts) {
    at = text.writeUInt16BE(ports[turned ? 1 : 0], at);
    at = text.writeUInt16BE(ports[turned ? 0 : 1], at);
  }
  return `1:${createHash('sha1').update(text.subarray(0, at)).digest('base64')}`;
}

function isUint(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

function pairs(...each: readonly (readonly [number, number])[]): ReadonlyMap<number, number> {
  return new Map(
    each.flatMap(([one, other]) => [
      [one, other],
      [other, one],
    ]),
  );
}
