// Reads and decodes a capture, and counts its packets; its memory is used again, as the aggregator lets it.
import { captureFile } from '../../dist/index.js';

let packets = 0;
for await (const batch of captureFile(process.argv[2])) {
  batch.claim();
  packets += batch.length;
  batch.release();
}
console.log(packets);
