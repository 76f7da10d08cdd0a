// A stage of one's own between two others: keeps the flows that name a server. Run: npx tsx examples/filter.ts fixtures/office.pcap
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, toJson, type FlowBatch } from 'nfstream';

const [capture] = process.argv.slice(2);
if (capture === undefined) {
  console.error('Usage: npx tsx examples/filter.ts CAPTURE');
  process.exit(2);
}

const withServerName = new Transform({
  objectMode: true,
  highWaterMark: 2,
  transform(batch: FlowBatch, _encoding, done) {
    const kept = batch.filter((flow) => flow.requestedServerName !== '');
    done(null, kept.select(['dst_ip', 'application_name', 'requested_server_name', 'bidirectional_bytes']));
  },
});

await pipeline(captureFile(capture), aggregate(), withServerName, toJson(), process.stdout, { end: false });
