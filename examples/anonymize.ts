// A file for each hour, without the addresses and names of people. Run: npx tsx examples/anonymize.ts fixtures/office.pcap 'flows-%Y%m%d-%H.csv' [key file]
import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { aggregate, anonymize, captureFile, toFile } from 'nfstream';

const [capture, names, keyFile] = process.argv.slice(2);
if (capture === undefined || names === undefined) {
  console.error('Usage: npx tsx examples/anonymize.ts CAPTURE NAMES [KEY FILE], with NAMES such as flows-%Y%m%d-%H.csv');
  process.exit(2);
}
const hidden = anonymize({
  columns: ['src_ip', 'dst_ip', 'src_mac', 'dst_mac', 'requested_server_name'],
  method: 'prefix',
  ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
});
const files = toFile(names, { rotate: { seconds: 3600 } });

await pipeline(captureFile(capture), aggregate(), hidden, files);
for (const { path, flows } of files.report().files!) console.log(`${flows} flows in ${path}`);
