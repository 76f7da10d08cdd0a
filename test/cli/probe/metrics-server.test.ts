import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { serveMetrics, type MetricsServer } from '../../../lib/cli/probe/metrics-server.js';
import type { Metrics } from '../../../lib/cli/probe/metrics.js';
import { FlowError } from '../../../lib/errors.js';
import { rejection } from '../../capture/build-capture.js';

const page: Metrics = { contentType: 'text/plain; version=0.0.4', text: async () => 'nfstream_open_flows 2\n' };

describe('the server of counters', () => {
  const servers: MetricsServer[] = [];
  const serve = async (metrics = page, host = '127.0.0.1'): Promise<MetricsServer> => {
    const server = await serveMetrics({ host, port: 0 }, metrics);
    servers.push(server);
    return server;
  };
  const portOf = ({ url }: MetricsServer): number => Number(new URL(url).port);
  const raw = async (server: MetricsServer, request: string): Promise<string> => {
    const socket = connect(portOf(server), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1'))).on('error', () => {});
    socket.write(request);
    await once(socket, 'close');
    return answer;
  };
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  it('gives them at /metrics, on the address that it was given alone', async () => {
    const server = await serve();
    expect(server.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const answer = await fetch(`${server.url}?name[]=x`);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).to.deep.equal([200, page.contentType, 'nfstream_open_flows 2\n']);
    const other = await rejection(fetch(server.url.replace('127.0.0.1', '127.0.0.2')));
    expect((other.cause as NodeJS.ErrnoException).code).to.equal('ECONNREFUSED');
  });

  const refused: [what: string, path: string, init: RequestInit][] = [
    ['another path', '/', {}],
    ['a path below', '/metrics/../etc/passwd', {}],
    ['a path that begins alike', '/metricsx', {}],
    ['HEAD', '/metrics', { method: 'HEAD' }],
    ['POST with a body', '/metrics', { method: 'POST', body: 'x'.repeat(100_000) }],
    ['DELETE', '/metrics', { method: 'DELETE' }],
  ];
  for (const [what, path, init] of refused) {
    it(`answers 404 to ${what}`, async () => {
      const { url } = await serve();
      const answer = await fetch(`${new URL(url).origin}${path}`, init);
      await answer.arrayBuffer();
      expect(answer.status).to.equal(404);
    });
  }

  const hostile: [what: string, request: string, answer: RegExp][] = [
    ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['headers without end', `GET /metrics HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['an absolute address', 'GET http://example.org/metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 404 /],
    ['an upgrade', 'GET /metrics HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n', /^HTTP\/1\.1 200 /],
  ];
  for (const [what, request, answer] of hostile) {
    it(`survives ${what}`, async () => {
      const server = await serve();
      expect(await raw(server, request)).to.match(answer);
      expect((await fetch(server.url)).status).to.equal(200);
    });
  }

  it('answers 500 when a report fails, and goes on', async () => {
    let fails = true;
    const server = await serve({ ...page, text: async () => (fails ? Promise.reject(new Error('no report')) : 'x 1\n') });
    const answer = await fetch(server.url);
    expect([answer.status, await answer.text()]).to.deep.equal([500, 'no report\n']);
    fails = false;
    expect((await fetch(server.url)).status).to.equal(200);
  });

  it('takes few connections at once, and closes all of them with itself', async () => {
    const server = await serve();
    const sockets: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 20; i++) {
      const socket = connect(portOf(server), '127.0.0.1')
        .on('error', () => {})
        .resume();
      socket.once('close', () => closed++);
      sockets.push(socket);
    }
    const all = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    await Promise.race(all); // one of those that are too many
    server.close();
    await Promise.all(all);
    expect(closed).to.equal(20);
  });

  it('says so where it cannot listen', async () => {
    const { url } = await serve();
    const error = (await rejection(serveMetrics({ host: '127.0.0.1', port: Number(new URL(url).port) }, page))) as FlowError;
    expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_LISTEN');
    expect(error.message).to.match(/^Counters can't be served at 127\.0\.0\.1:\d+ \(EADDRINUSE\); give --metrics another address\.$/);
  });
});
