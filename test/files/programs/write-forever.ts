// Writes the same flows over and over, until it is killed. Arguments: the path and the options of toFile() in JSON.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toFile, type FileOptions } from '../../../lib/files/to-file.js';
import { repeated } from '../killed.js';

const [path, options] = process.argv.slice(2) as [string, string];
const source = Readable.from(
  (function* () {
    for (;;) yield repeated;
  })(),
  { highWaterMark: 1 },
);
const writer = toFile(path, JSON.parse(options) as FileOptions);
writer.once('drain', () => process.stdout.write('writing'));
await pipeline(source, writer);
