import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ListenAddress } from '../serve/listen-address.js';
import { serve } from '../serve/small-server.js';
import type { Metrics } from './metrics.js';

/** A server of counters that is listening. */
export interface MetricsServer {
  /** Where its page is. */
  readonly url: string;
  /** Ends it, and every connection to it. */
  close(): void;
}

const served = { what: 'Counters', flag: '--metrics', mostConnections: 16 } as const;

/**
 * Serves counters at `/metrics`, and nothing else. It keeps no process alive.
 * @throws {FlowError} ERR_NFSTREAM_LISTEN
 */
export async function serveMetrics(address: ListenAddress, metrics: Metrics): Promise<MetricsServer> {
  const { at, close } = await serve(address, served, (request, response) => void answer(request, response, metrics));
  return { url: `http://${at}/metrics`, close };
}

async function answer(request: IncomingMessage, response: ServerResponse, metrics: Metrics): Promise<void> {
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
