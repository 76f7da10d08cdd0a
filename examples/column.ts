// A column of one's own: the share of bytes that the source sent. Run: npx tsx examples/column.ts fixtures/office.pcap flows.csv
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, toFile, type FlowBatch } from 'nfstream';

async function* withUploadShare(batches: AsyncIterable<FlowBatch>): AsyncGenerator<FlowBatch> {
  for await (const batch of batches) {
    const shares = [...batch].map((flow) => flow.src2dstBytes / flow.bidirectionalBytes);
    yield batch.withColumn('upload_share', 'float', shares);
  }
}

const [capture, target] = process.argv.slice(2);
if (capture === undefined || target === undefined) {
  console.error('Usage: npx tsx examples/column.ts CAPTURE OUTPUT');
  process.exit(2);
}
await pipeline(captureFile(capture), aggregate(), withUploadShare, toFile(target));
