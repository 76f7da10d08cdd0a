// Any Node stream of capture bytes is a source; here a file that Node reads. Run: npx tsx examples/stream.ts fixtures/dns.pcap.gz
import { createReadStream } from 'node:fs';
import { aggregate, captureStream, flows } from 'nfstream';

const [capture] = process.argv.slice(2);
if (capture === undefined) {
  console.error('Usage: npx tsx examples/stream.ts CAPTURE');
  process.exit(2);
}

const packets = createReadStream(capture).compose(captureStream());
const applications = new Map<string, number>();
for await (const flow of flows(packets.compose(aggregate()))) {
  applications.set(flow.applicationName, (applications.get(flow.applicationName) ?? 0) + 1);
}
for (const [name, count] of [...applications].sort((a, b) => b[1] - a[1])) console.log(`${count} ${name}`);
