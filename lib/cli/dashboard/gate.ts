import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../serve/listen-address.js';

/** A status and the words that go with it. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/**
 * Who may ask for what. A page of another site can make a browser send requests here, under a name that it has made to mean this address: so the name that was asked for must be one of
 * this machine's, and the page that asks must be one of ours. Other users of the machine can reach the port too: so what tells of the traffic takes a token.
 */
export class Gate {
  readonly #hosts: ReadonlySet<string>;
  readonly #token: Buffer;

  /** @param hosts names besides localhost and loopback addresses, in small letters */
  constructor(token: string, hosts: readonly string[]) {
    this.#token = Buffer.from(`Bearer ${token}`);
    this.#hosts = new Set(['localhost', ...hosts]);
  }

  /** What is wrong with where a request comes from; null where nothing is. */
  refuses({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): Refusal | null {
    const name = host === undefined ? null : nameOf(host);
    if (name === null || !(this.#hosts.has(name) || isLoopback(name)))
      return { status: 421, text: 'This name is not served here. Ask for localhost, or allow the name with --dashboard-host.' };
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return { status: 403, text: 'Another site may not ask.' };
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return { status: 403, text: 'Another site may not ask.' };
    return null;
  }

  /** Whether a request has the token. */
  knows({ authorization }: IncomingHttpHeaders): boolean {
    const given = Buffer.from(authorization ?? '');
    return given.length === this.#token.length && process.getBuiltinModule('node:crypto').timingSafeEqual(given, this.#token);
  }
}

/** The name of a Host header, without its port and brackets; null where it is none. */
function nameOf(host: string): string | null {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase() ?? null;
}
