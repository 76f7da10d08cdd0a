import { expect } from 'chai';
import { SlabPool } from '../../lib/capture/slab.js';
import { FlowError } from '../../lib/errors.js';

describe('SlabPool', () => {
  it('reuses memory, also that of few packets, by its size', () => {
    const pool = new SlabPool();
    const [slab, few, more] = [pool.take(), pool.takeSmall(1), pool.takeSmall(5000)];
    expect([few.byteLength, more.byteLength]).to.deep.equal([4096, 8192]);
    for (const memory of [slab, few, more]) pool.give(memory);
    expect(pool.takeSmall(8192)).to.equal(more);
    expect(pool.takeSmall(8192)).to.not.equal(more);
    expect(pool.takeSmall(4096)).to.equal(few);
    expect(pool.take()).to.equal(slab);
    pool.give(new ArrayBuffer(5000)); // of no size that is asked for
    expect(pool.takeSmall(5000).byteLength).to.equal(8192);
  });

  it('keeps a few of each size', () => {
    const pool = new SlabPool();
    const all = Array.from({ length: 20 }, () => pool.takeSmall(100));
    for (const memory of all) pool.give(memory);
    expect(Array.from({ length: 20 }, () => pool.takeSmall(100)).filter((memory) => all.includes(memory))).to.have.length(8);
  });

  it('says that there is no memory left', () => {
    const pool = new SlabPool();
    const kept = pool.take();
    const { ArrayBuffer: real } = globalThis;
    globalThis.ArrayBuffer = class {
      constructor() {
        throw new RangeError('Array buffer allocation failed');
      }
    } as unknown as ArrayBufferConstructor;
    try {
      expect(() => pool.take())
        .to.throw(FlowError, 'There is no memory left for the packets of a capture.')
        .with.property('code', 'ERR_NFSTREAM_MEMORY');
    } finally {
      globalThis.ArrayBuffer = real;
    }
    pool.give(kept);
    expect(pool.take())
      .to.equal(kept)
      .with.property('byteLength')
      .above(1 << 20);
  });
});
