import { expect } from 'chai';
import { SlabPool } from '../../lib/capture/slab.js';
import { FlowError } from '../../lib/errors.js';

describe('SlabPool', () => {
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
