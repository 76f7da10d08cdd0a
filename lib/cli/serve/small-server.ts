import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { FlowError } from '../../errors.js';
import { shownAddress, type ListenAddress } from './listen-address.js';

/** A server that is listening. */
export interface SmallServer {
  /** Where: an address and a port. */
  readonly at: string;
  /** Ends it, and every connection to it. */
  close(): void;
}

/** What is served, and by which flag. */
export interface Served {
  /** As in "Counters can't be served at ...". */
  readonly what: string;
  readonly flag: string;
  readonly mostConnections: number;
}

/** How long a request may take, and a connection may wait for the next one. */
const longestMs = 5000;
const longestHeader = 8 << 10;

/**
 * Serves by HTTP, to few at once. It keeps no process alive.
 * @throws {FlowError} ERR_NFSTREAM_LISTEN
 */
export async function serve(
  address: ListenAddress,
  { what, flag, mostConnections }: Served,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<SmallServer> {
  const limits = { headersTimeout: longestMs, requestTimeout: longestMs, keepAliveTimeout: longestMs, connectionsCheckingInterval: longestMs };
  const { createServer } = process.getBuiltinModule('node:http'); // loaded when it is needed
  const server = createServer({ ...limits, maxHeaderSize: longestHeader }, (request, response) => {
    request.resume(); // a body is nobody's
    answer(request, response);
  });
  server.maxConnections = mostConnections;
  server.on('connection', (socket: Socket) => socket.unref().setTimeout(2 * longestMs, () => socket.destroy()));
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new FlowError(
          'ERR_NFSTREAM_LISTEN',
          `${what} can't be served at ${shownAddress(address)} (${cause.code ?? cause.message}); give ${flag} another address.`,
          {
            cause,
          },
        ),
      ),
    );
    server.listen(address.port, address.host, resolve);
  });
  server.on('error', () => {}); // of a connection that was lost while it was taken
  const { port } = server.address() as AddressInfo;
  return {
    at: shownAddress({ host: address.host, port }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
