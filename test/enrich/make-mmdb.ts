import { networkOf } from '../../lib/label/network.js';

type Value = string | number | { [key: string]: Value };

/** A file in MaxMind's format, version 2.0, with records of 24 bits: a tree of IPv6, in which IPv4 has the first 96 bits 0. */
export function makeMmdb(networks: Readonly<Record<string, Value>>): Buffer {
  const nodes: (number | string | null)[][] = [[null, null]];
  for (const network of Object.keys(networks)) {
    const { bytes, prefix } = networkOf(network)!;
    const bits = [...(bytes.length === 4 ? [...new Uint8Array(12), ...bytes] : bytes)].flatMap((byte) =>
      [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1),
    );
    const depth = bytes.length === 4 ? 96 + prefix : prefix;
    let at = 0;
    for (let level = 0; level < depth - 1; level++) {
      const next = nodes[at]![bits[level]!];
      if (typeof next === 'number') at = next;
      else at = nodes[at]![bits[level]!] = nodes.push([null, null]) - 1;
    }
    nodes[at]![bits[depth - 1]!] = network;
  }
  const data: Buffer[] = [];
  let size = 0;
  const places = new Map<string, number>();
  for (const [network, value] of Object.entries(networks)) {
    places.set(network, size);
    data.push(encode(value));
    size += data.at(-1)!.length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.forEach((node, index) =>
    node.forEach((record, side) => {
      const value = record === null ? nodes.length : typeof record === 'number' ? record : nodes.length + 16 + places.get(record)!;
      tree.writeUIntBE(value, index * 6 + side * 3, 3);
    }),
  );
  const metadata = encode({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 6,
    database_type: 'test',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 0,
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'), metadata]);
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([head(6, 4), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([head(7, entries.length), ...entries.flatMap(([key, content]) => [encode(key), encode(content)])]);
}

function head(type: number, size: number): Buffer {
  return size < 29
    ? Buffer.from([(type << 5) | size])
    : size < 285
      ? Buffer.from([(type << 5) | 29, size - 29])
      : Buffer.from([(type << 5) | 30, (size - 285) >> 8, (size - 285) & 255]);
}
