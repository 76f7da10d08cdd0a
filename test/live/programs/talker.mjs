// Run by processes-program.ts: a process with a socket, which it holds until its standard input ends, or for so many milliseconds. It prints what it is.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const [role, address, port, life, title] = process.argv.slice(2);
if (title) process.title = title;

const roles = {
  async 'tcp-server'() {
    const server = createServer((socket) => socket.resume()).listen(0, address);
    await once(server, 'listening');
    return server.address().port;
  },
  async 'tcp-client'() {
    const socket = connect({ host: address, port: Number(port) });
    await once(socket, 'connect');
    socket.write('hello');
    return socket.localPort;
  },
  async 'udp-server'() {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' }).bind(0, address);
    await once(socket, 'listening');
    return socket.address().port;
  },
  async 'udp-client'() {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    await new Promise((sent) => socket.send('hello', Number(port), address, sent));
    return socket.address().port;
  },
  async 'udp-connected'() {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.connect(Number(port), address);
    await once(socket, 'connect');
    await new Promise((sent) => socket.send('hello', sent));
    return socket.address().port;
  },
  async hold() {
    return 0;
  },
};

const own = await roles[role]();
console.log(JSON.stringify({ pid: process.pid, name: readFileSync('/proc/self/comm', 'latin1').slice(0, -1), port: own }));
if (life === '0') await once(process.stdin.resume(), 'end');
else await pause(Number(life));
process.exit();
