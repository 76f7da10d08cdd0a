// Flows one at a time. Run with a capture: npx tsx examples/loop.ts fixtures/office.pcap
import { Streamer } from 'nfstream';

for await (const flow of new Streamer({ source: process.argv[2]!, idleTimeout: 60 })) {
  console.log(`${flow.srcIp} -> ${flow.dstIp}:${flow.dstPort} ${flow.applicationName} ${flow.requestedServerName}`);
}
