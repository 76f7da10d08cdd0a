import type { IncomingMessage, ServerResponse } from 'node:http';
import { windowNames, type WindowName } from '../../report/gather/live-data.js';
import { pageParts } from '../../report/page-parts.js';
import { isLoopback, type ListenAddress } from '../serve/listen-address.js';
import { serve } from '../serve/small-server.js';
import { Gate } from './gate.js';
import { mostPages, Pages } from './pages.js';

/** Where the dashboard is, and who may ask for it. */
export interface DashboardAddress extends ListenAddress {
  /** Names besides localhost and loopback addresses under which it is asked for. */
  readonly names: readonly string[];
}

/** A dashboard that is served. */
export interface DashboardServer {
  /** Where it is, with the token that opens it. */
  readonly url: string;
  /** Pages that are open. */
  readonly pages: number;
  /** Sends every page an event. @param eventOf the text of an event of a window, for a page that was told nothing yet, or one that was told the last one */
  tell(eventOf: (window: WindowName, first: boolean) => string): void;
  /** Tells every page that the run is over, and ends; those that read are waited for a moment. */
  close(): Promise<void>;
}

const served = { what: 'The dashboard', flag: '--dashboard', mostConnections: 32 } as const;

/** Nothing but its own program, style and events; no frame around it, and no address of it for others. */
const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nfstream</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page.css">
</head>
<body>
<noscript>The dashboard draws its figures with a script of its own. Allow it to see them.</noscript>
<div id="report"></div>
<script src="page.js"></script>
</body>
</html>
`;

/**
 * Serves the page of a run that goes on, and its events.
 * @throws {FlowError} ERR_NFSTREAM_LISTEN
 */
export async function serveDashboard(address: DashboardAddress): Promise<DashboardServer> {
  const token = process.getBuiltinModule('node:crypto').randomBytes(24).toString('base64url');
  const gate = new Gate(token, address.names);
  const pages = new Pages<WindowName>();
  const { script, style } = await pageParts('dashboard');
  const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
    '/': ['text/html; charset=utf-8', html],
    '/page.js': ['text/javascript; charset=utf-8', script],
    '/page.css': ['text/css; charset=utf-8', style],
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const refuse = (status: number, text: string, more: Record<string, string> = {}): void =>
      void response.writeHead(status, { ...headers, ...more, 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
    const wrong = gate.refuses(request.headers);
    if (wrong !== null) return refuse(wrong.status, wrong.text);
    if (request.method !== 'GET') return refuse(405, 'Only GET is here.', { Allow: 'GET' });
    const [path, query] = (request.url ?? '').split(/\?(.*)/s) as [string, string | undefined];
    if (Object.hasOwn(files, path)) {
      const [type, content] = files[path]!;
      return void response.writeHead(200, { ...headers, 'Content-Type': type }).end(content);
    }
    if (path !== '/events') return refuse(404, 'There is no such page.');
    if (!gate.knows(request.headers)) return refuse(401, 'The token is wrong, or missing.', { 'WWW-Authenticate': 'Bearer' });
    const window = windowNames.find((name) => query === `window=${name}`);
    if (window === undefined) return refuse(400, `Ask for a window: ${windowNames.join(', ')}.`);
    if (pages.size >= mostPages) return refuse(503, `${mostPages} pages are open, which is as many as are served.`);
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    pages.add(response, window);
  };
  const { at, close } = await serve(address, served, answer);
  // What listens everywhere is asked for by a name.
  const port = at.slice(at.lastIndexOf(':'));
  const name = isLoopback(address.host) ? at : `${address.names[0]!}${port}`;
  return {
    url: `http://${name}/#${token}`,
    get pages() {
      return pages.size;
    },
    tell: (eventOf) => pages.tell(eventOf),
    close: async () => {
      await pages.end('event: end\ndata: {}\n\n');
      close();
    },
  };
}
