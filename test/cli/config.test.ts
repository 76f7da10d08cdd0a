import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { command } from '../../lib/cli/command.js';
import { parseCommandLine, type Request } from '../../lib/cli/command-line.js';
import { flagOptions } from '../../lib/cli/flags.js';
import { UsageError } from '../../lib/cli/usage-error.js';
import { flagOf } from '../../lib/options.js';
import { madeCapture, workFolder } from './made-capture.js';

describe('nfstream --config', () => {
  const { path, write } = workFolder();
  let made = 0;

  /** What the command understands of a configuration and these flags. */
  function request(config: string | Uint8Array, ...args: string[]): Request {
    const file = write(`probe${made++}.toml`, config);
    const parsed = parseCommandLine(['--config', file, ...args], 100);
    if (parsed.do !== 'run') throw new Error(`it does ${parsed.do}`);
    return parsed.request;
  }

  /** The options that were given, of the stages that have some. */
  function optionsOf({ options }: Request): Record<string, unknown> {
    return Object.fromEntries(Object.entries(options).filter(([, given]) => Object.keys(given).length > 0));
  }

  const understood: [what: string, config: string, args: string[], options: object][] = [
    [
      'flat options, as flags and as in JavaScript',
      'idle-timeout = 60\nactiveTimeout = 1.5\nstatistics = true',
      ['a.pcap'],
      { aggregate: { idleTimeout: 60, activeTimeout: 1.5, statistics: true } },
    ],
    [
      'sections',
      '[capture]\nfilter = "tcp"\n[timeline]\nmerge = true\n[aggregate]\nsplt = 5\ndetected-os = true',
      ['a.pcap'],
      { capture: { filter: 'tcp' }, timeline: { merge: true }, aggregate: { splt: 5, detectedOs: true } },
    ],
    [
      'names of a section by themselves',
      '[rotate]\nflows = 100\n[anonymize]\ncolumns = ["src_ip"]\nmethod = "prefix"',
      ['a.pcap', '-o', 'f-{n}.csv'],
      { rotate: { flows: 100 }, anonymize: { columns: ['src_ip'], method: 'prefix' } },
    ],
    [
      'flags of the same, flat',
      'rotate-flows = 100\nanonymize = ["src_ip"]\nanonymize-method = "prefix"',
      ['a.pcap', '-o', 'f-{n}.csv'],
      { rotate: { flows: 100 }, anonymize: { columns: ['src_ip'], method: 'prefix' } },
    ],
    [
      'metrics',
      "[metrics]\nbig = 'count(packet.size > 666)'\nall = 'count()'",
      ['a.pcap', '--metric', 'big=count(packet.size > 1000)', '--metric', 'few=count(packet.index < 3)'],
      { aggregate: { metrics: { big: 'count(packet.size > 1000)', all: 'count()', few: 'count(packet.index < 3)' } } },
    ],
    [
      'metrics in the section of their stage',
      "[aggregate.metrics]\nbig = 'count(packet.size > 666)'",
      ['a.pcap'],
      { aggregate: { metrics: { big: 'count(packet.size > 666)' } } },
    ],
    ['a condition', "where = 'protocol == 17'", ['a.pcap'], { where: { expression: 'protocol == 17' } }],
    ['a condition in its section', "[where]\nexpression = 'protocol == 17'", ['a.pcap'], { where: { expression: 'protocol == 17' } }],
    [
      'JSON',
      '{ "idleTimeout": "none", "csv": { "delimiter": ";" } }',
      ['a.pcap', '-o', 'f.csv'],
      { aggregate: { idleTimeout: Infinity }, csv: { delimiter: ';' } },
    ],
    [
      'what has no name in JavaScript',
      'idle-timeout = inf\nactive-timeout = "none"\nnewline = "crlf"\ndecode-tunnels = false',
      ['a.pcap'],
      { aggregate: { idleTimeout: Infinity, activeTimeout: Infinity }, csv: { newline: '\r\n' }, capture: { decodeTunnels: false } },
    ],
    [
      'flags that win',
      'idle-timeout = 60\nsplt = 3\nstatistics = true\nclobber = false',
      ['a.pcap', '--idle-timeout', '5', '--clobber'],
      { aggregate: { idleTimeout: 5, splt: 3, statistics: true }, file: { clobber: true } },
    ],
    ['fields', 'fields = ["src_ip"]', ['a.pcap'], { aggregate: { features: ['src_ip'] } }],
    ['--fields and --features before fields and features', 'features = "full"', ['a.pcap', '--fields', 'src_ip'], { aggregate: { features: ['src_ip'] } }],
    ['--features before fields', '[aggregate]\nfields = ["src_ip"]', ['a.pcap', '--features', 'full'], { aggregate: { features: 'full' } }],
    [
      'formats that differ in an option, of which only one is written',
      '[arrow]\ncompression = "zstd"\n[parquet]\ncompression = "snappy"',
      ['a.pcap', '-o', 'f.csv'],
      { arrow: { compression: 'zstd' }, parquet: { compression: 'snappy' } },
    ],
    ['nothing', '# nothing\n', ['a.pcap'], {}],
  ];
  for (const [what, config, args, options] of understood) {
    it(`takes ${what}`, () => expect(optionsOf(request(config, ...args))).to.deep.equal(options));
  }

  it('takes every option that has a flag, flat and in each of its sections', () => {
    const values: Record<string, unknown> = {
      boolean: true,
      'boolean or seconds': true,
      seconds: 7,
      names: ['src_ip'],
      expression: 'id > 1',
      metrics: { n: 'count()' },
      set: ['gre'],
      text: 'x',
      path: 'x',
      model: 'x.onnx',
      'path or rows': 'x.csv',
      'names by part': ['src_ip', 'protocol'],
      number: 0.5,
      bytes: write('key', Buffer.alloc(32, 1)),
    };
    for (const row of flagOptions) {
      for (const stage of row.stages) {
        const own = row.rows.find((each) => each.stage === stage)!;
        const value = row.flag === 'truthZone' ? '+1' : (values[row.type] ?? (row.type.startsWith('integer') ? (row.min ?? 0) + 1 : own.choices![0]));
        const key = flagOf(row.flag ?? row.name).slice(2);
        const beside =
          row.stage === 'predict'
            ? ['--predict', 'x', '--predict-inputs', 'x'].slice(key === 'predict' ? 2 : 0, key === 'predict-inputs' ? 2 : 4)
            : row.stage === 'label' && key !== 'truth'
              ? ['--truth', 'x']
              : row.stage === 'anonymize' && key !== 'anonymize'
                ? ['--anonymize', 'x']
                : row.stage === 'rotate' && key !== 'rotate-flows'
                  ? ['--rotate-flows', '5']
                  : [];
        for (const config of [{ [key]: value }, { [row.flag ?? row.name]: value }, { [stage]: { [key]: value } }]) {
          const { options } = request(JSON.stringify(config), 'a.pcap', '-o', 'x-{n}.csv', ...beside);
          const expected = row.type === 'bytes' ? Buffer.alloc(32, 1) : value;
          if (key !== 'format') expect(options[stage as 'capture'][row.name], `${key} of ${stage}`).to.deep.equal(expected);
        }
      }
    }
  });

  it('takes captures and outputs, which arguments and -o replace', () => {
    const config = 'captures = ["a.pcap", "b.pcap"]\noutput = "f.parquet"\nquiet = true';
    expect(request(config)).to.deep.include({ sources: ['a.pcap', 'b.pcap'], output: 'f.parquet', moreOutputs: [], quiet: true });
    expect(request(config, 'c.pcap', '-o', 'f.csv')).to.deep.include({ sources: ['c.pcap'], output: 'f.csv', moreOutputs: [] });
    expect(request('captures = "a.pcap"\noutput = ["f.csv", "f.arrow"]')).to.deep.include({ sources: ['a.pcap'], output: 'f.csv', moreOutputs: ['f.arrow'] });
    expect(request('output = "f.bin"\nformat = "csv"', 'a.pcap').format!.name).to.equal('csv');
    expect(request('output = "f.bin"\nformat = "csv"', 'a.pcap', '-o', 'g.json')).to.satisfy(
      ({ format, options }: Request) => format!.name === 'json' && !('format' in options.file),
    );
    expect(request('output = "f.bin"\nformat = "csv"', 'a.pcap', '--format', 'arrow').options.file).to.deep.equal({ format: 'arrow' });
  });

  const refused: [config: string | Uint8Array, message: RegExp, args?: string[]][] = [
    ['idle-timout = 5', /^In the configuration .*probe\d+\.toml, there is no option idle-timout; did you mean idle-timeout\?$/],
    ['idle_timeout = 5', /there is no option idle_timeout; did you mean idle-timeout\?$/],
    ['[agregate]\nsplt = 5', /there is no option agregate; did you mean aggregate\?$/],
    ['[aggregate]\nstatistic = true', /\[aggregate\] has no option statistic; did you mean statistics\?$/],
    ['[capture]\nidle-timeout = 5', /\[capture\] has no option idle-timeout; it is one of \[aggregate\]\.$/],
    ['[rotate]\ncolour = 5', /\[rotate\] has no option colour; there are flows, bytes, seconds, keep, rotate-flows, /],
    ['"__proto__" = 5', /there is no option __proto__; /],
    ['{ "__proto__": { "splt": 5 } }', /there is no option __proto__; /],
    ['constructor = 5', /there is no option constructor; /],
    ['idle-timeout = "5"', /, idle-timeout: Expected a number of seconds .* for idleTimeout but received "5" \(a string\)\.$/],
    ['[aggregate]\nsplt = true', /, aggregate\.splt: Expected an integer from 0 to 65535 for splt but received true \(a boolean\)\.$/],
    ['splt = 1979-05-27', /, splt: Expected an integer from 0 to 65535 for splt but received an object \(TomlDate\)\.$/],
    ['splt = 99999', /, splt: Expected an integer from 0 to 65535/],
    ['splt = { a = 1 }', /, splt: Expected an integer/],
    ['aggregate = 5', /there is no option aggregate; /],
    ['captures = 5', /, captures: Expected a text, or a list of texts for captures but received 5 \(a number\)\.$/],
    ['output = []', /, output: Expected a text, or a list of texts for output but received an array of 0\.$/],
    ['fields = ["src_ip", ""]', /, fields: Expected a text, or a list of texts/],
    ['quiet = "yes"', /, quiet: Expected true or false for quiet/],
    ['[metrics]\nbig = "count(packet.sizes)"', /, metrics: metric 'big', column 7: there is no packet\.sizes; did you mean packet\.size\?$/],
    ['[metrics]\nbig = 5', /, metrics: Expected an expression for metrics\.big but received 5 \(a number\)\.$/],
    ["where = 'protocol = 5'", /, where: where, column 10: "=" is not known here; write == to compare\.$/],
    ['[parquet]\ncompression = "lz5"', /, parquet\.compression: Expected one of "none", "snappy", "zstd", "lz4", "gzip" for compression/],
    ['[arrow]\ncompression = "snappy"', /, arrow\.compression: Expected one of "none", "lz4", "zstd" for compression/],
    ['splt = 5\n[aggregate]\nsplt = 6', /, splt and aggregate\.splt are the same option; give one of them\.$/],
    ['features = "full"\nfields = ["src_ip"]', /, features and fields are the same option/],
    ['anonymize-key-file = "/nowhere/key"', /, anonymize-key-file: Can't read the key file \/nowhere\/key: /],
    ['[anonymize]\nkey = "secret"', /\[anonymize\] has no option key; /],
    ['splt = = 5', /^The configuration .*probe\d+\.toml is not valid TOML, in line 1, column 8: /],
    ['splt = 5\nsplt = 6', /is not valid TOML, in line 2, column /],
    ['splt = 9999999999999999999', /is not valid TOML, in line 1, column 8: /],
    [`a = ${'['.repeat(5000)}`, /is not valid TOML, in line 1, /],
    ['{ "splt": 5', /^The configuration .* is not valid JSON: .*\.$/],
    [`{"a":${'['.repeat(500_000)}`, /is not valid JSON: /],
    [Buffer.from([0x61, 0x20, 0xff]), /^The configuration .* is not UTF-8 text\.$/],
    ['#'.repeat((1 << 20) + 1), /^The configuration .* has more than 1048576 bytes; is it another file\?$/],
    ['x'.repeat(1 << 20), /is not valid TOML, in line 1, /],
    [`${'x'.repeat(1 << 19)} = 5`, /there is no option x{60}…; there are /],
    ['splt = 5', /^Usage: nfstream /, []],
  ];
  for (const [config, message, args = ['a.pcap']] of refused) {
    it(`refuses ${Buffer.from(config).toString('latin1').slice(0, 50).replace(/\n/g, ' ')}`, () => {
      expect(() => request(config, ...args))
        .to.throw(UsageError, message)
        .with.property('message')
        .with.length.below(700);
    });
  }

  it('refuses what is no file, and reads no more than it must of one without an end', () => {
    mkdirSync(path('folder'));
    for (const file of [path('gone.toml'), path('folder')])
      expect(() => parseCommandLine(['--config', file, 'a.pcap'], 100)).to.throw(UsageError, /^Can't read the configuration /);
    expect(() => parseCommandLine(['--config', '/dev/zero', 'a.pcap'], 100)).to.throw(UsageError, /has more than 1048576 bytes/);
    execFileSync('mkfifo', [path('pipe')]);
    execFileSync('sh', ['-c', `(printf 'splt = 4' > '${path('pipe')}') >/dev/null 2>&1 &`]);
    const parsed = parseCommandLine(['--config', path('pipe'), 'a.pcap'], 100);
    expect(parsed).to.have.nested.property('request.options.aggregate.splt', 4);
  });

  it('runs', async () => {
    const capture = write('talk.pcap', madeCapture([{ ms: 0 }, { ms: 5, from: 3 }]));
    const config = write(
      'run.toml',
      `captures = [${JSON.stringify(capture)}]\noutput = ${JSON.stringify(path('out.csv'))}\nquiet = true\nwhere = 'src_ip == "10.0.0.3"'\n[csv]\ndelimiter = ';'\n[aggregate]\nfields = ['id', 'src_ip']\n`,
    );
    const code = await command(['--config', config], {
      stdin: { isTTY: true },
      stdout: new PassThrough().resume(),
      stderr: new PassThrough().resume(),
      signals: new EventEmitter(),
      quit: () => {},
      env: {},
    });
    expect([code, existsSync(path('out.csv')) && readFileSync(path('out.csv'), 'utf8')]).to.deep.equal([0, 'id;src_ip\n1;10.0.0.3\n']);
  });
});
