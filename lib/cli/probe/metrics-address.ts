import { Option as Flag } from 'commander';
import { listenAddress, type ListenAddress } from '../serve/listen-address.js';

/** `--metrics 127.0.0.1:9464`. */
export function metricsFlag(): Flag {
  const meaning =
    'Serve counters for Prometheus at http://ADDRESS/metrics while the run goes on, as in 127.0.0.1:9464. A port alone is one of the loopback; 0.0.0.0:9464 serves whoever can reach this machine.';
  return new Flag('--metrics <address>', meaning).helpGroup('Watching a run:').argParser(metricsAddress);
}

/** Where counters are served. @throws {UsageError} for what is no address */
export function metricsAddress(text: string): ListenAddress {
  return listenAddress('--metrics', 9464, text);
}
