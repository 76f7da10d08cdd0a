import { textOf } from './byte-text.js';

/** A name of a DNS message, and what it is there for. */
export interface DnsName {
  /** 'question': it is asked for; 'pointer': what a PTR record of the answers says; 'host': whose address a record of any section tells. */
  readonly role: 'question' | 'pointer' | 'host';
  readonly name: string;
}

const headerBytes = 12;
const recordType = { a: 1, pointer: 12, aaaa: 28 } as const;
const longestName = 255; // RFC 1035, 2.3.4, with the lengths of the labels
const dot = 0x2e;
const mostJumps = 32; // far more than any compression needs, and few enough that names of nothing else cost little

/** A name as it stands in a message, and where it ends. */
interface ReadName {
  readonly name: string;
  readonly end: number;
}

/** The names in a message, in their order: those in front of where it is damaged or cut. */
export function* dnsNames(message: Uint8Array): Generator<DnsName, void> {
  if (message.length < headerBytes) return;
  const count = (at: number): number => message[at]! * 256 + message[at + 1]!;
  let at = headerBytes;
  for (let i = count(4); i > 0; i--) {
    const question = readName(message, at);
    if (question === null || question.end + 4 > message.length) return;
    yield { role: 'question', name: question.name };
    at = question.end + 4;
  }
  const [answers, records] = [count(6), count(6) + count(8) + count(10)];
  for (let i = 0; i < records; i++) {
    const owner = readName(message, at);
    if (owner === null || owner.end + 10 > message.length) return;
    const type = count(owner.end);
    const data = owner.end + 10;
    at = data + count(owner.end + 8);
    if (at > message.length) return;
    if (type === recordType.a || type === recordType.aaaa) yield { role: 'host', name: owner.name };
    else if (type === recordType.pointer && i < answers) {
      const target = readName(message, data);
      if (target === null || target.end > at) return;
      yield { role: 'pointer', name: target.name };
    }
  }
}

/** An address that the answer to a question tells. */
export interface DnsAddress {
  /** The name that was asked for, whatever other names of it stand between. */
  readonly name: string;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
}

/** The addresses that a good answer to one question tells, in front of where it is damaged or cut. */
export function* dnsAddresses(message: Uint8Array): Generator<DnsAddress, void> {
  if (message.length < headerBytes || (message[2]! & 0xf8) !== 0x80 || (message[3]! & 0x0f) !== 0) return; // an answer to a query, without an error
  const count = (at: number): number => message[at]! * 256 + message[at + 1]!;
  const question = count(4) === 1 ? readName(message, headerBytes) : null;
  if (question === null || question.name === '') return;
  let at = question.end + 4;
  for (let i = count(6); i > 0; i--) {
    const owner = readName(message, at);
    if (owner === null || owner.end + 10 > message.length) return;
    const [type, length, data] = [count(owner.end), count(owner.end + 8), owner.end + 10];
    at = data + length;
    if (at > message.length) return;
    if ((type === recordType.a && length === 4) || (type === recordType.aaaa && length === 16))
      yield { name: question.name, address: message.subarray(data, at) };
  }
}

/** The labels of the name that is read, with dots between them: one text is made of all, as a message may have thousands of names of a hundred labels. */
const joined = new Uint8Array(longestName);

/** The name that begins at a byte; null when it is none, or leads in a circle. Pointers must go back, as RFC 1035 (4.1.4) has it. */
function readName(message: Uint8Array, start: number): ReadName | null {
  let [at, end, length, jumps] = [start, -1, 0, 0];
  for (let before = start; ;) {
    const size = message[at];
    if (size === undefined) return null;
    if (size === 0) return { name: textOf(joined.subarray(0, Math.max(0, length - 1))), end: end < 0 ? at + 1 : end };
    if (size >= 0xc0) {
      const low = message[at + 1];
      if (low === undefined || ++jumps > mostJumps) return null;
      const target = (size & 0x3f) * 256 + low;
      if (target >= before) return null;
      if (end < 0) end = at + 2;
      at = before = target;
      continue;
    }
    length += size + 1;
    if (size > 63 || length > longestName || at + 1 + size > message.length) return null;
    for (let i = 0; i < size; i++) joined[length - size - 1 + i] = message[at + 1 + i]!;
    joined[length - 1] = dot;
    at += size + 1;
  }
}
