import { Option as Flag } from 'commander';
import { isIP } from 'node:net';
import { quoted } from '../../errors.js';
import { UsageError } from '../usage-error.js';

/** Where counters are served. */
export interface MetricsAddress {
  readonly host: string;
  /** 0 takes one that is free. */
  readonly port: number;
}

const loopback = '127.0.0.1';

/** `--metrics 127.0.0.1:9464`. */
export function metricsFlag(): Flag {
  const meaning =
    'Serve counters for Prometheus at http://ADDRESS/metrics while the run goes on, as in 127.0.0.1:9464. A port alone is one of the loopback; 0.0.0.0:9464 serves whoever can reach this machine.';
  return new Flag('--metrics <address>', meaning).helpGroup('Watching a run:').argParser(metricsAddress);
}

/**
 * `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`, or a port alone, which is one of the loopback.
 * @throws {UsageError} for what is none; other names are refused, as they may come to mean another address than was thought of
 */
export function metricsAddress(text: string): MetricsAddress {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? (plain === undefined || plain === 'localhost' ? loopback : plain);
  const port = Number(digits);
  const isAddress = isIP(host) === (bracketed === undefined ? 4 : 6) && !host.includes('%');
  if (digits === undefined || port > 65_535 || !isAddress)
    throw new UsageError(`--metrics takes an address and a port, as in 127.0.0.1:9464, not ${quoted(text)}.`);
  return { host, port };
}
