import { once } from 'node:events';
import { request as ask, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { serveDashboard, type DashboardServer } from '../../../lib/cli/dashboard/server.js';
import { rejection } from '../../capture/build-capture.js';
import { until } from '../../waiting.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('the server of the dashboard', () => {
  const servers: DashboardServer[] = [];
  const serve = async (names: readonly string[] = [], host = '127.0.0.1'): Promise<{ server: DashboardServer; port: number; token: string }> => {
    const server = await serveDashboard({ host, port: 0, names });
    servers.push(server);
    const { port, hash } = new URL(server.url);
    return { server, port: Number(port), token: hash.slice(1) };
  };
  /** Asks, and reads the answer as far as its headers where it has no end. */
  const get = (port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = ask({ port, host: '127.0.0.1', path, method, headers, agent: false }, (answer) => {
        let body = '';
        const told = (): void => resolve({ status: answer.statusCode!, headers: answer.headers, body });
        answer.setEncoding('utf8').on('data', (text: string) => (body += text));
        answer.on('end', told).on('error', () => {});
        if (answer.headers['content-type']?.startsWith('text/event-stream')) {
          told();
          answer.destroy();
        }
      });
      sent.on('error', reject).end();
    });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  it('has a token of its own in its address, and serves its page without it', async () => {
    const [one, other] = [await serve(), await serve()];
    expect(one.token)
      .to.match(/^[\w-]{32}$/)
      .and.not.equal(other.token);
    expect(one.server.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/#/);
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/page.js', 'text/javascript'],
      ['/page.css', 'text/css'],
    ] as const) {
      const { status, headers, body } = await get(one.port, path);
      expect([status, headers['content-type']]).to.deep.equal([200, `${type}; charset=utf-8`]);
      expect(body).to.not.include(one.token);
      expect(headers['content-security-policy']).to.equal(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers).to.include({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers).to.not.have.any.keys('set-cookie', 'access-control-allow-origin');
    }
  });

  const events = '/events?window=minute';
  const answers: [what: string, status: number, path: string, headers: (token: string, port: number) => Record<string, string>, method?: string][] = [
    ['events with the token', 200, events, (token) => ({ Authorization: `Bearer ${token}` })],
    ['no token', 401, events, () => ({})],
    ['an empty token', 401, events, () => ({ Authorization: 'Bearer ' })],
    ['another token', 401, events, (token) => ({ Authorization: `Bearer ${token.slice(1)}A` })],
    ['a longer token', 401, events, (token) => ({ Authorization: `Bearer ${token}A` })],
    ['the token by itself', 401, events, (token) => ({ Authorization: token })],
    ['the token as a password', 401, events, (token) => ({ Authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` })],
    ['the token in a cookie', 401, events, (token) => ({ Cookie: `token=${token}` })],
    ['no window', 400, '/events', (token) => ({ Authorization: `Bearer ${token}` })],
    ['another window', 400, '/events?window=year', (token) => ({ Authorization: `Bearer ${token}` })],
    ['a window of all objects', 400, '/events?window=constructor', (token) => ({ Authorization: `Bearer ${token}` })],
    ['another path', 404, '/metrics', (token) => ({ Authorization: `Bearer ${token}` })],
    ['a path out of it', 404, '/../../etc/passwd', () => ({})],
    ['a path of all objects', 404, '/__proto__', () => ({})],
    ['POST', 405, '/', () => ({}), 'POST'],
    ['OPTIONS', 405, events, () => ({}), 'OPTIONS'],
    ['HEAD', 405, '/', () => ({}), 'HEAD'],
  ];
  for (const [what, status, path, headers, method] of answers) {
    it(`answers ${status} to ${what}`, async () => {
      const { port, token } = await serve();
      const answer = await get(port, path, headers(token, port), method);
      expect(answer.status).to.equal(status);
      expect(answer.headers).to.include({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    });
  }

  const places: [what: string, status: number, headers: (port: number) => Record<string, string>, names?: string[]][] = [
    ['localhost, at any port', 200, () => ({ Host: 'localhost:1' })],
    ['LOCALHOST without a port', 200, () => ({ Host: 'LOCALHOST' })],
    ['127.0.0.1', 200, (port) => ({ Host: `127.0.0.1:${port}` })],
    ['another loopback address', 200, () => ({ Host: '127.8.9.10:22' })],
    ['[::1]', 200, () => ({ Host: '[::1]:8080' })],
    ['an allowed name', 200, () => ({ Host: 'Probe.example.org:443' }), ['probe.example.org']],
    ['an allowed address', 200, () => ({ Host: '[2001:db8::1]' }), ['2001:db8::1']],
    ['another name', 421, () => ({ Host: 'example.org' }), ['probe.example.org']],
    ['a name that is made to mean this address', 421, (port) => ({ Host: `rebound.example.org:${port}` })],
    ['a name that begins like it', 421, () => ({ Host: 'localhost.example.org' })],
    ['a name that begins like an address', 421, () => ({ Host: '127.0.0.1.example.org' })],
    ['an address of the network', 421, () => ({ Host: '192.0.2.1:8080' })],
    ['a short address', 421, () => ({ Host: '127.1' })],
    ['0.0.0.0', 421, () => ({ Host: '0.0.0.0:8080' })],
    ['a name with a user', 421, () => ({ Host: 'localhost@example.org' })],
    ['two names', 421, () => ({ Host: 'localhost, example.org' })],
    ['its own page', 200, (port) => ({ Host: `localhost:${port}`, Origin: `http://localhost:${port}`, 'Sec-Fetch-Site': 'same-origin' })],
    ['its own page behind a proxy', 200, () => ({ Host: 'probe.example.org', Origin: 'https://probe.example.org' }), ['probe.example.org']],
    ['a page of another site', 403, (port) => ({ Host: `localhost:${port}`, Origin: 'https://example.org' })],
    ['a page of another port', 403, (port) => ({ Host: `localhost:${port}`, Origin: 'http://localhost:1' })],
    ['a page of the disk', 403, (port) => ({ Host: `localhost:${port}`, Origin: 'null' })],
    ['a page of another site that does not say so', 403, (port) => ({ Host: `localhost:${port}`, 'Sec-Fetch-Site': 'cross-site' })],
    ['a page of a name beside it', 403, (port) => ({ Host: `localhost:${port}`, 'Sec-Fetch-Site': 'same-site' })],
  ];
  for (const [what, status, headers, names] of places) {
    it(`answers ${status} to ${what}, whatever is asked for`, async () => {
      const { port, token } = await serve(names);
      for (const path of ['/', '/page.js', events])
        expect((await get(port, path, { ...headers(port), Authorization: `Bearer ${token}` })).status).to.equal(status);
    });
  }

  for (const [what, host, status] of [
    ['without a name', '', 400],
    ['with an empty name', 'Host:\r\n', 421],
  ] as const)
    it(`answers ${status} to a request ${what}`, async () => {
      const { port } = await serve();
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
      await once(socket, 'close');
      expect(answer).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
    });

  /** Opens a page by hand. */
  const open = async (port: number, token: string, window = 'minute') => {
    const socket = connect(port, '127.0.0.1');
    const page = { socket, text: '' };
    socket
      .setEncoding('utf8')
      .on('data', (text: string) => (page.text += text))
      .on('error', () => {});
    socket.write(`GET /events?window=${window} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await until(() => page.text.includes('\r\n\r\n'));
    return page;
  };

  it('tells every page of its window, everything at first, and at last that the run is over', async () => {
    const { server, port, token } = await serve();
    const [minute, day] = [await open(port, token), await open(port, token, 'day')];
    const event = (window: string, first: boolean): string => `data: ${window} ${first}\n\n`;
    server.tell(event);
    server.tell(event);
    await until(() => minute.text.includes('minute false') && day.text.includes('day false'));
    expect(minute.text)
      .to.match(/data: minute true\n\n[^]*data: minute false\n\n/)
      .and.not.include('day');
    expect(server.pages).to.equal(2);
    day.socket.destroy();
    await until(() => server.pages === 1);
    await server.close();
    await until(() => minute.socket.closed);
    expect(minute.text).to.include('event: end\n');
  });

  it('serves eight pages at once, and more when one has left', async () => {
    const { server, port, token } = await serve();
    const pages = await Promise.all(Array.from({ length: 8 }, () => open(port, token)));
    expect((await get(port, events, { Authorization: `Bearer ${token}` })).status).to.equal(503);
    pages[0]!.socket.destroy();
    await until(() => server.pages === 7);
    expect((await get(port, events, { Authorization: `Bearer ${token}` })).status).to.equal(200);
    for (const { socket } of pages) socket.destroy();
  });

  it('says what to do where the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const error = await rejection(serveDashboard({ host: '127.0.0.1', port, names: [] }));
    expect(error).to.include({
      code: 'ERR_NFSTREAM_LISTEN',
      message: `The dashboard can't be served at 127.0.0.1:${port} (EADDRINUSE); give --dashboard another address.`,
    });
    taken.close();
  });

  it('is asked for by a name where it listens everywhere', async () => {
    const { server } = await serve(['probe.example.org'], '0.0.0.0');
    expect(server.url).to.match(/^http:\/\/probe\.example\.org:\d+\/#/);
  });
});
