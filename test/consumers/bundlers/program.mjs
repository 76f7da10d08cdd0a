import { Streamer } from 'nfstream';

async function main() {
  const streamer = new Streamer({ source: 'office.pcap' });
  let labelled = 0;
  for await (const flow of streamer) if (flow.applicationName !== 'Unknown') labelled++;
  // Parquet is written in a thread of its own.
  console.log(`flows: ${await streamer.toParquet('flows.parquet')}, labelled: ${labelled}`);
}

void main();
