import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import { aggregate } from '../../lib/aggregate/aggregate.js';
import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import { captureFile } from '../../lib/capture/index.js';
import { madeCapture, workFolder } from '../cli/made-capture.js';

const nowMs = (): number => Date.now() - 1_700_000_000_000; // made captures count from then

describe('a live run', () => {
  const { path } = workFolder();

  const cases: [what: string, fifo: boolean, ms: () => number, live: boolean][] = [
    ['packets of now through a FIFO', true, nowMs, true],
    ['an old capture through a FIFO', true, () => 0, false],
    ['packets of now in a file', false, nowMs, false],
  ];
  for (const [index, [what, fifo, ms, live]] of cases.entries()) {
    it(`is${live ? '' : ' not'} one of ${what}`, async () => {
      const name = path(`${index}.pcap`);
      if (fifo) execFileSync('mkfifo', [name]);
      const capture = madeCapture([{ ms: ms() }]);
      if (fifo) createWriteStream(name).end(capture);
      else writeFileSync(name, capture);
      const batches = (await captureFile(name)
        .pipe(aggregate({ dissections: 0 }))
        .toArray()) as FlowBatch[];
      expect(batches.reduce((flows, batch) => flows + batch.length, 0)).to.equal(1);
      expect(batches[0]!.schema.run.live).to.equal(live);
    });
  }

  it('is none without a packet', async () => {
    writeFileSync(path('empty.pcap'), madeCapture([]));
    const [batch] = (await captureFile(path('empty.pcap'))
      .pipe(aggregate({ dissections: 0 }))
      .toArray()) as FlowBatch[];
    expect(batch!.schema.run.live).to.equal(undefined);
  });
});
