// Live capture where nothing else is installed: as root of a network of one's own. usage: node live.mjs FOLDER, where nfstream is installed
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';

const live = spawn(process.execPath, [join(process.argv[2], 'node_modules/nfstream/dist/cli/main.js'), 'lo', '--format', 'jsonl'], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
let rows = '';
let said = '';
live.stdout.on('data', (text) => (rows += text));
live.stderr.on('data', (text) => (said += text));
const socket = createSocket('udp4');
// Until it listens, nothing is heard; so packets go out until one is heard.
const sending = setInterval(() => socket.send('x', 5353, '127.0.0.1'), 50);
setTimeout(() => live.kill('SIGINT'), 3000);
live.on('close', (code) => {
  clearInterval(sending);
  socket.close();
  const heard = rows.includes('"dst_port":5353');
  console.log(`${heard ? 'ok      live capture' : `FAILED  live capture\n        ${code} ${said}`}\n${heard ? '1 passed, 0 failed' : '0 passed, 1 failed'}`);
  process.exitCode = heard ? 0 : 1;
});
