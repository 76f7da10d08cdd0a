import { Streamer } from 'nfstream';

export const dynamic = 'force-dynamic';

export default async function Page() {
  const names = [];
  for await (const flow of new Streamer({ source: 'office.pcap' })) names.push(flow.applicationName);
  return <p>{`flows: ${names.length}, labelled: ${names.filter((name) => name !== 'Unknown').length}`}</p>;
}
