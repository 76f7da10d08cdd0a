import { isIP } from 'node:net';
import { quoted } from '../../errors.js';
import { UsageError } from '../usage-error.js';

/** Where something is served. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes one that is free. */
  readonly port: number;
}

const loopback = '127.0.0.1';

/**
 * `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`, or a port alone, which is one of the loopback.
 * @param flag what gave it, @param usual a port to show
 * @throws {UsageError} for what is none; other names are refused, as they may come to mean another address than was thought of
 */
export function listenAddress(flag: string, usual: number, text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? (plain === undefined || plain === 'localhost' ? loopback : plain);
  const port = Number(digits);
  const isAddress = isIP(host) === (bracketed === undefined ? 4 : 6) && !host.includes('%');
  if (digits === undefined || port > 65_535 || !isAddress)
    throw new UsageError(`${flag} takes an address and a port, as in ${loopback}:${usual}, not ${quoted(text)}.`);
  return { host, port };
}

/** An address with its port, as URLs have it. */
export function shownAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
