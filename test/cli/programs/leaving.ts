// Writes many bytes at once, as fast as memory takes them, and leaves. Arguments: bytes for standard output, bytes for standard error, exit code.
import { leave } from '../../../lib/cli/end/leave.js';

const [out, err, code] = process.argv.slice(2).map(Number) as [number, number, number];
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.stdout.write('o'.repeat(out));
process.stderr.write('e'.repeat(err));
setInterval(() => {}, 1_000_000); // Node's own end would wait for this
await leave(code);
process.stderr.write('left to Node\n');
