// Makes connections, one after the other, and holds each for so many milliseconds; or sends datagrams to as many ports. Run by bench/processes.ts.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const [transport, address, port, count, life] = process.argv.slice(2);
const family = address.includes(':') ? 'udp6' : 'udp4';

async function tcp() {
  const socket = connect({ host: address, port: Number(port) });
  await once(socket, 'connect');
  socket.write('hello');
  const own = socket.localPort;
  await pause(Number(life));
  socket.destroy();
  await once(socket, 'close');
  return own;
}

async function udp() {
  const socket = createSocket(family);
  await new Promise((sent) => socket.send('hello', Number(port), address, sent));
  const own = socket.address().port;
  await pause(Number(life));
  socket.close();
  return own;
}

async function flood() {
  const socket = createSocket(family);
  for (let sent = 0; sent < Number(count); sent += 50) {
    const some = Array.from({ length: 50 }, (_, i) => new Promise((done) => socket.send('hello', 1024 + ((sent + i) % 60_000), address, done)));
    await Promise.all(some);
  }
  return socket.address().port;
}

const ports = [];
if (transport === 'flood') ports.push(await flood());
else for (let made = 0; made < Number(count); made++) ports.push(await (transport === 'tcp' ? tcp() : udp()));
console.log(JSON.stringify({ pid: process.pid, ports }));
process.exit();
