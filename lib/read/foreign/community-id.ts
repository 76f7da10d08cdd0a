import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

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
  const [one, other] = [addressBytes(src), addressBytes(dst)];
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
  at += (turned ? other : one).copy(text, at);
  at += (turned ? one : other).copy(text, at);
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

/** The bytes of an address; null for what is none. */
export function addressBytes(text: string): Buffer | null {
  switch (isIP(text)) {
    case 4:
      return Buffer.from(text.split('.').map(Number));
    case 6:
      return bytes6(text);
    default:
      return null;
  }
}

function bytes6(text: string): Buffer {
  const [plain] = text.split('%') as [string];
  const last = plain.lastIndexOf(':') + 1;
  const four = plain.includes('.') ? addressBytes(plain.slice(last))! : null;
  const whole = four === null ? plain : `${plain.slice(0, last)}${four.subarray(0, 2).toString('hex')}:${four.subarray(2).toString('hex')}`;
  const [head, tail] = whole.split('::') as [string, string | undefined];
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const all = [...front, ...new Array<string>(8 - front.length - back.length).fill('0'), ...back];
  const bytes = Buffer.alloc(16);
  all.forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * index));
  return bytes;
}
