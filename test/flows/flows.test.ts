import { expect } from 'chai';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowError } from '../../lib/errors.js';
import { flows } from '../../lib/flows/flows.js';
import { cut, sampleBatch, streamOf } from '../samples.js';

describe('flows()', () => {
  it('gives every flow of every batch in order', async () => {
    const ids: number[] = [];
    for await (const flow of flows(streamOf(cut(sampleBatch(1000), [1, 300])))) ids.push(flow.id);
    expect(ids).to.deep.equal(Array.from({ length: 1000 }, (_, n) => n));
  });

  it('is a stage of a pipeline', async () => {
    let count = 0;
    await pipeline(streamOf([sampleBatch(100)]), flows, async (all) => {
      for await (const flow of all) count += flow.id >= 0 ? 1 : 0;
    });
    expect(count).to.equal(100);
  });

  it('throws the damage of the run after the last flow', async () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.');
    const batch = FlowBatch.from([{ id: 0 }, { id: 1 }], { damage });
    const ids: number[] = [];
    try {
      for await (const flow of flows(streamOf([batch]))) ids.push(flow.id);
      expect.fail('it did not throw');
    } catch (error) {
      expect(error).to.equal(damage);
    }
    expect(ids).to.deep.equal([0, 1]);
  });

  it('destroys the stream when the loop is left', async () => {
    const stream = streamOf(cut(sampleBatch(100), [10]));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    for await (const flow of flows(stream)) if (flow.id === 15) break;
    await closed;
    expect(stream.destroyed).to.equal(true);
  });

  it('refuses what is no batch', async () => {
    try {
      for await (const flow of flows(Readable.from(['text']))) expect.fail(`it gave ${JSON.stringify(flow)}`);
      expect.fail('it did not throw');
    } catch (error) {
      expect(error).to.have.property('code', 'ERR_NFSTREAM_BATCH_TYPE');
    }
  });

  it('lets the event loop go round in a loop that never waits', async () => {
    let rounds = 0;
    let running = true;
    const round = (): void => {
      rounds++;
      if (running) setImmediate(round);
    };
    setImmediate(round);
    let busy = 0;
    for await (const flow of flows(Array<FlowBatch>(4).fill(sampleBatch(4096)))) {
      const until = performance.now() + 0.01;
      while (performance.now() < until) busy += flow.id;
    }
    running = false;
    expect(busy).to.be.greaterThan(0);
    expect(rounds).to.be.greaterThan(10);
  });
});
