import { Streamer } from 'nfstream';

export const dynamic = 'force-dynamic';

export async function GET() {
  const streamer = new Streamer({ source: 'office.pcap' });
  let labelled = 0;
  for await (const flow of streamer) if (flow.applicationName !== 'Unknown') labelled++;
  return new Response(`flows: ${await streamer.toParquet('flows.parquet')}, labelled: ${labelled}\n`);
}
