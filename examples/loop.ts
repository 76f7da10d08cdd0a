// Flows one at a time. Run with a capture: npx tsx examples/loop.ts fixtures/office.pcap
import { Streamer } from 'nfstream';

const [capture] = process.argv.slice(2);
if (capture === undefined) {
  console.error('Usage: npx tsx examples/loop.ts CAPTURE');
  process.exit(2);
}

for await (const flow of new Streamer({ source: capture, idleTimeout: 60 })) {
  console.log(`${flow.srcIp} -> ${flow.dstIp}:${flow.dstPort} ${flow.applicationName} ${flow.requestedServerName}`);
}
