import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { ByteWriter } from '../../lib/byte-writer.js';
import { putFloat, putInt } from '../../lib/encode/numbers.js';

/** Bits of floats and what Python 3 prints for them: `[struct.pack('>d', v).hex(), repr(v)]`. */
const pythonFloats = JSON.parse(readFileSync(new URL('python-floats.json', import.meta.url), 'utf8')) as [bits: string, repr: string][];

function written(put: (out: ByteWriter) => void): string {
  const out = new ByteWriter();
  put(out);
  return Buffer.from(out.take()).toString('latin1');
}

function integer(value: bigint): string {
  const halves = new Int32Array(BigInt64Array.of(value).buffer);
  return written((out) => putInt(out, halves[0]!, halves[1]!));
}

describe('numbers in text formats', () => {
  it('prints floats as Python does', () => {
    expect(pythonFloats).to.have.length(800);
    const ours = pythonFloats.map(([bits]) => [bits, written((out) => putFloat(out, Buffer.from(bits, 'hex').readDoubleBE()))]);
    expect(ours).to.deep.equal(pythonFloats);
  });

  it('prints every digit of integers around each power of ten and two', () => {
    const edges = [0n, 2n ** 63n - 1n, -(2n ** 63n)];
    for (let power = 0n; power < 19n; power++) edges.push(10n ** power);
    for (let power = 0n; power < 63n; power++) edges.push(2n ** power);
    for (const edge of edges) {
      for (const value of [edge - 1n, edge, edge + 1n, -edge - 1n, -edge, -edge + 1n]) {
        if (BigInt.asIntN(64, value) === value) expect(integer(value)).to.equal(value.toString());
      }
    }
  });

  it('prints integers of every length', () => {
    let value = 7n;
    for (let i = 0; i < 5000; i++) {
      value = BigInt.asIntN(64, value * 6364136223846793005n + 1442695040888963407n);
      const shorter = value >> BigInt(i % 63);
      expect(integer(shorter)).to.equal(shorter.toString());
    }
  });
});
