import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlowError } from '../../errors.js';
import type { MetricsAddress } from './metrics-address.js';
import type { Metrics } from './metrics.js';

/** A server of counters that is listening. */
export interface MetricsServer {
  /** Where its page is. */
  readonly url: string;
  /** Ends it, and every connection to it. */
  close(): void;
}

/** How long a request may take, and a connection may wait for the next one. */
const longestMs = 5000;
const mostConnections = 16;
const longestHeader = 8 << 10;

/**
 * Serves counters at `/metrics`, and nothing else. It keeps no process alive.
 * @throws {FlowError} ERR_NFSTREAM_LISTEN
 */
export async function serveMetrics({ host, port }: MetricsAddress, metrics: Metrics): Promise<MetricsServer> {
  const limits = { headersTimeout: longestMs, requestTimeout: longestMs, keepAliveTimeout: longestMs, connectionsCheckingInterval: longestMs };
  const server = createServer({ ...limits, maxHeaderSize: longestHeader }, (request, response) => void answer(request, response, metrics));
  server.maxConnections = mostConnections;
  server.on('connection', (socket) => socket.unref().setTimeout(2 * longestMs, () => socket.destroy()));
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new FlowError(
          'ERR_NFSTREAM_LISTEN',
          `Counters can't be served at ${shown(host, port)} (${cause.code ?? cause.message}); give --metrics another address.`,
          { cause },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  server.on('error', () => {}); // of a connection that was lost while it was taken
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${shown(host, taken)}/metrics`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function shown(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

async function answer(request: IncomingMessage, response: ServerResponse, metrics: Metrics): Promise<void> {
  request.resume(); // a body is nobody's
  const path = request.url?.replace(/\?.*$/s, '');
  if (path !== '/metrics' || request.method !== 'GET')
    return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Only GET /metrics is here.\n');
  let text: string;
  try {
    text = await metrics.text();
  } catch (error) {
    return void response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`${(error as Error).message}\n`);
  }
  response.writeHead(200, { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' }).end(text);
}
