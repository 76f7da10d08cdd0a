// Three stages of Node streams: packets, flows, a file. Run: npx tsx examples/pipeline.ts fixtures/office.pcap flows.arrow
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, toFile } from 'nfstream';

const [capture, target] = process.argv.slice(2);
if (capture === undefined || target === undefined) {
  console.error('Usage: npx tsx examples/pipeline.ts CAPTURE OUTPUT');
  process.exit(2);
}
const source = captureFile(capture, { filter: 'tcp or udp' });
const flows = aggregate({ idleTimeout: 60, endReason: true });
const file = toFile(target);

await pipeline(source, flows, file);
console.log(`${flows.report().packets} packets, ${file.report().flows} flows, ${file.report().bytes} bytes in ${file.report().path}`);
