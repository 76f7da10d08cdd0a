// Counts the flows of a capture, or writes them. Arguments: capture, and the file to write.
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, toFile } from '../../dist/index.js';

const [capture, target] = process.argv.slice(2);
let flows = 0;
const counted = async (batches) => {
  for await (const batch of batches) flows += batch.length;
};
await pipeline(captureFile(capture), aggregate(), target === undefined ? counted : toFile(target));
