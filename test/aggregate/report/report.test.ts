import { PassThrough, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { aggregate } from '../../../lib/aggregate/aggregate.js';
import { ApplicationCounts } from '../../../lib/aggregate/report/application-counts.js';
import type { RunReport } from '../../../lib/aggregate/report/run-report.js';
import { captureStream } from '../../../lib/capture/index.js';
import { FlowError } from '../../../lib/errors.js';
import { FlowBatch } from '../../../lib/flows/flow-batch.js';
import { Streamer, type StreamerOptions } from '../../../lib/streamer.js';
import { pcapHeader, pcapRecord, udpFrame } from '../../capture/build-capture.js';
import { until } from '../../waiting.js';

describe('the reports of a run', () => {
  const nowhere = (): Writable => new Writable({ objectMode: true, write: (_chunk, _encoding, callback) => callback() });

  it('come again and again, with what the source and the aggregator have counted, and end with the run', async () => {
    const bytes = new PassThrough();
    const flows = aggregate({ dissections: 0, reportInterval: 0.01, capacity: 500 });
    const reports: RunReport[] = [];
    flows.on('report', (report: RunReport) => reports.push(report));
    const done = pipeline(bytes, captureStream(), flows, nowhere());
    bytes.write(Buffer.concat([pcapHeader(), pcapRecord(1000, udpFrame(1)), pcapRecord(1001, udpFrame(2))]));
    await until(() => reports.at(-1)?.flows.packets === 2);
    expect(reports.at(-1)!.source).to.deep.include({ packets: 2, bytesRead: 24 + 2 * (16 + udpFrame(1).length) });
    expect(reports.at(-1)!.flows).to.deep.include({ openFlows: 2, flows: 0, capacity: 500, applications: {} });
    bytes.end();
    await done;
    const count = reports.length;
    expect(flows.runReport().flows).to.deep.include({ openFlows: 0, flows: 2 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(reports).to.have.length(count);
  });

  it('are not asked of a Streamer, which has no events', () => {
    expect(() => new Streamer({ source: 'a.pcap', reportInterval: 1 } as StreamerOptions)).to.throw(FlowError, /There is no option reportInterval here/);
  });

  it('are of no source where that is none of ours', () => {
    const report = aggregate().runReport();
    expect(report.source).to.equal(null);
    expect(report.flows.packets).to.equal(0);
  });
});

describe('flows by application', () => {
  const batchOf = (names: readonly string[]): FlowBatch => FlowBatch.from(names.map((name) => ({ application_name: name })));

  it('are counted by name, the commonest first, and the rest together', () => {
    const counts = new ApplicationCounts();
    counts.add(batchOf(['DNS', 'TLS', 'DNS', '', 'é', 'Aa', 'BB'])); // the last two have one digest
    counts.add(batchOf(['TLS', 'DNS']));
    expect(Object.entries(counts.commonest())).to.deep.equal([
      ['DNS', 3],
      ['TLS', 2],
      ['', 1],
      ['Aa', 1],
      ['BB', 1],
      ['é', 1],
    ]);
    expect(counts.commonest(2)).to.deep.equal({ DNS: 3, TLS: 2, other: 4 });
  });

  it('take bounded memory, whatever names there are', () => {
    const counts = new ApplicationCounts();
    const names = Array.from({ length: 8000 }, (_, i) => `app ${i}`);
    for (let times = 0; times < 2; times++) counts.add(batchOf(names));
    expect(Object.keys(counts.commonest(Infinity))).to.have.length(4097);
    expect(counts.commonest(Infinity)).to.include({ 'app 4095': 2, other: 2 * (8000 - 4096) });
  });

  it('are none without the column', () => {
    const counts = new ApplicationCounts();
    counts.add(FlowBatch.from([{ id: 1 }]));
    expect(counts.commonest()).to.deep.equal({});
  });
});
