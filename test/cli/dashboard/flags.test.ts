import { expect } from 'chai';
import { parseCommandLine } from '../../../lib/cli/command-line.js';
import { withFigureColumns } from '../../../lib/cli/dashboard/columns.js';
import { UsageError } from '../../../lib/cli/usage-error.js';

describe('--dashboard', () => {
  const parsed = (...args: string[]): unknown => {
    const line = parseCommandLine(['eth0', ...args], 80);
    return line.do === 'run' ? line.request.dashboard : line;
  };
  for (const [args, dashboard] of [
    [[], null],
    [['--dashboard', '8080'], { host: '127.0.0.1', port: 8080, names: [] }],
    [['--dashboard', '[::1]:0'], { host: '::1', port: 0, names: [] }],
    [
      ['--dashboard', '127.0.0.2:1', '--dashboard-host', 'Probe.Example.org', '--dashboard-host', 'p'],
      { host: '127.0.0.2', port: 1, names: ['probe.example.org', 'p'] },
    ],
    [['--dashboard', '0.0.0.0:80', '--dashboard-host', '2001:DB8::1'], { host: '0.0.0.0', port: 80, names: ['2001:db8::1'] }],
  ] as const)
    it(`takes ${args.join(' ') || 'nothing'}`, () => {
      expect(parsed(...args)).to.deep.equal(dashboard);
    });

  for (const [args, message] of [
    [['--dashboard', 'eth0'], /^--dashboard takes an address and a port, as in 127\.0\.0\.1:8080, not "eth0"\.$/],
    [['--dashboard', '0.0.0.0:8080'], /^--dashboard 0\.0\.0\.0:8080 can be reached from other machines: give with --dashboard-host the name/],
    [['--dashboard-host', 'probe'], /^--dashboard-host is for a page; say with --dashboard where it is served\.$/],
    [['--dashboard', '1', '--dashboard-host', 'a:1'], /^--dashboard-host takes the name of a host, without a port/],
    [['--dashboard', '1', '--dashboard-host', ''], /^--dashboard-host takes/],
    [['--dashboard', '1', '--dashboard-host', '*.example.org'], /^--dashboard-host takes/],
    [['--dashboard', '1', '--dashboard-host', 'x'.repeat(254)], /^--dashboard-host takes/],
  ] as const)
    it(`refuses ${args.join(' ').slice(0, 60)}`, () => {
      expect(() => parsed(...args)).to.throw(UsageError, message);
    });
});

describe('the columns of figures', () => {
  const figures = ['new_packets', 'new_bytes'];
  const times = ['bidirectional_first_seen_ms', 'bidirectional_last_seen_ms'];
  const told = ['protocol', 'expiration_id', 'bidirectional_packets', 'bidirectional_bytes', ...times];
  const cases: [options: Record<string, unknown>, added: string[], has: string[]][] = [
    [{}, figures, ['src_ip', 'application_name', 'requested_server_name']],
    [{ increments: true }, [], figures],
    [{ dissections: 0 }, figures, ['src_ip']],
    [{ features: 'full' }, figures, ['ja4', 'risks']],
    [{ features: 'full', dissections: 0 }, figures, ['src_ip']],
    [
      { features: ['dst_ip', 'id'] },
      ['src_ip', 'dst_port', ...told, ...figures, 'application_name', 'application_category_name', 'requested_server_name'],
      ['dst_ip', 'id'],
    ],
    [
      { features: ['bidirectional_first_seen_us'], timeUnit: 'us', dissections: 0 },
      ['src_ip', 'dst_ip', 'dst_port', 'protocol', 'expiration_id', 'bidirectional_packets', 'bidirectional_bytes', 'bidirectional_last_seen_us', ...figures],
      [],
    ],
    [{ features: 'classic', dissections: 0 }, ['src_ip', 'dst_ip', ...told, ...figures], ['ip_src', 'export_reason']],
  ];
  for (const [options, added, has] of cases)
    it(`come besides those of ${JSON.stringify(options)}, which keep their order`, () => {
      const figured = withFigureColumns(options, false);
      expect([...figured.added].sort()).to.deep.equal([...added].sort());
      const names = figured.options['features'] as string[];
      expect(new Set(names).size).to.equal(names.length);
      expect(names).to.include.members([...added, ...has]);
      expect(figured.options['increments']).to.equal(true);
    });
});
