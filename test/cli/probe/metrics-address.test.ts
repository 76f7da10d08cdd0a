import { expect } from 'chai';
import { metricsAddress } from '../../../lib/cli/probe/metrics-address.js';
import { UsageError } from '../../../lib/cli/usage-error.js';

describe('--metrics', () => {
  const taken: [text: string, host: string, port: number][] = [
    ['127.0.0.1:9464', '127.0.0.1', 9464],
    ['9464', '127.0.0.1', 9464],
    ['localhost:9464', '127.0.0.1', 9464],
    ['0.0.0.0:1', '0.0.0.0', 1],
    ['[::1]:65535', '::1', 65535],
    ['[::]:0', '::', 0],
  ];
  for (const [text, host, port] of taken) it(`takes ${text}`, () => expect(metricsAddress(text)).to.deep.equal({ host, port }));

  const refused = [
    '',
    ':',
    ':9464',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    'example.org:9464',
    '::1:9464',
    '[127.0.0.1]:9464',
    '[fe80::1%lo]:9464',
    '127.1:9464',
    '[::1]9464',
    '1e3',
    '127.0.0.1:9464\n',
    'x'.repeat(1000),
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
      expect(() => metricsAddress(text)).to.throw(UsageError, /^--metrics takes an address and a port, as in 127\.0\.0\.1:9464, not /);
    });
  }
});
