import { isIP } from 'node:net';

/** The bytes of an IPv4 (4) or IPv6 address (16) in text; null when it is none. */
export function ipBytes(text: string): Uint8Array | null {
  switch (text.includes('%') ? 0 : isIP(text)) {
    case 4:
      return Uint8Array.from(text.split('.'), Number);
    case 6:
      return ipv6Bytes(text);
    default:
      return null;
  }
}

/** The bytes of a hardware address or of the start of one, such as "00:1b:21"; null when it does not have `length` bytes. */
export function macBytes(text: string, length: number): Uint8Array | null {
  const bytes = text.split(':');
  return bytes.length === length && bytes.every((byte) => /^[0-9a-f]{2}$/i.test(byte)) ? Uint8Array.from(bytes, (byte) => parseInt(byte, 16)) : null;
}

/** Of text that is known to be an IPv6 address. */
function ipv6Bytes(text: string): Uint8Array {
  const [head, tail] = text.split('::').map(groupsOf) as [number[], number[] | undefined];
  const zeros = tail === undefined ? [] : new Array<number>(8 - head.length - tail.length).fill(0);
  return Uint8Array.from([...head, ...zeros, ...(tail ?? [])].flatMap((group) => [group >> 8, group & 255]));
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const [a, b, c, d] = group.split('.').map(Number) as [number, number, number, number];
    return [a * 256 + b, c * 256 + d];
  });
}
