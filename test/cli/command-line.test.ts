import { expect } from 'chai';
import { parseCommandLine, type Request } from '../../lib/cli/command-line.js';
import { flagOptions } from '../../lib/cli/flags.js';
import { UsageError } from '../../lib/cli/usage-error.js';
import { flagOf } from '../../lib/options.js';

const inCommand = flagOptions;

function request(...args: string[]): Request {
  const parsed = parseCommandLine(args, 100);
  if (parsed.do !== 'run') throw new Error(`${args.join(' ')} gave ${parsed.do}`);
  return parsed.request;
}

function mistake(...args: string[]): string {
  try {
    parseCommandLine(args, 100);
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error(`${args.join(' ')} was accepted`);
}

function help(): string {
  const parsed = parseCommandLine(['--help'], 100);
  return parsed.do === 'help' ? parsed.text : '';
}

describe('the command line', () => {
  it('takes captures in their order, and standard input', () => {
    expect(request('b.pcap', 'a.pcap', '-').sources).to.deep.equal(['b.pcap', 'a.pcap', '-']);
    expect(request('--', '-x.pcap').sources).to.deep.equal(['-x.pcap']);
  });

  it('gives the stages nothing that was not asked for', () => {
    expect(request('x.pcap')).to.deep.equal({
      sources: ['x.pcap'],
      output: null,
      moreOutputs: [],
      format: null,
      quiet: false,
      user: null,
      packets: null,
      splitPackets: null,
      packetsTable: null,
      dashboard: null,
      metrics: null,
      warnings: [],
      options: {
        capture: {},
        timeline: {},
        live: {},
        aggregate: {},
        report: {},
        enrich: {},
        label: {},
        where: {},
        predict: {},
        anonymize: {},
        json: {},
        csv: {},
        cic: {},
        arrow: {},
        parquet: {},
        file: {},
        rotate: {},
      },
    });
  });

  const accepted: [args: string[], stage: keyof Request['options'], expected: Record<string, unknown>][] = [
    [['-o', 'y.arrows', '--compression', 'lz4', '--dictionary', '--compact'], 'arrow', { compression: 'lz4', dictionary: true, compact: true }],
    [
      ['-o', 'y.parquet', '--compression', 'gzip', '--row-group-rows', '5000', '--compact'],
      'parquet',
      { compression: 'gzip', rowGroupRows: 5000, compact: true },
    ],
    [['--bigints', 'string'], 'json', { bigints: 'string' }],
    [['--filter', 'tcp port 443'], 'capture', { filter: 'tcp port 443' }],
    [['--no-decode-tunnels'], 'capture', { decodeTunnels: false }],
    [['--decode-tunnels', 'all'], 'capture', { decodeTunnels: 'all' }],
    [['--decode-tunnels=vxlan,gre', '--fragments', 'count'], 'capture', { decodeTunnels: ['vxlan', 'gre'], fragments: 'count' }],
    [['--on-damage', 'abort'], 'capture', { onDamage: 'abort' }],
    [['--idle-timeout', '0.25', '--active-timeout=none'], 'aggregate', { idleTimeout: 0.25, activeTimeout: Infinity }],
    [
      ['--capacity', '10', '--dissections', '0', '--features', 'classic', '--end-reason'],
      'aggregate',
      { capacity: 10, dissections: 0, features: 'classic', endReason: true },
    ],
    [['--fields', 'src_ip, dst_ip,splt_ps', '--splt', '10'], 'aggregate', { features: ['src_ip', 'dst_ip', 'splt_ps'], splt: 10 }],
    [
      ['-o', 'y.csv', '--delimiter', ';', '--no-header', '--newline', 'crlf', '--escape-formulas'],
      'csv',
      { delimiter: ';', header: false, newline: '\r\n', escapeFormulas: true },
    ],
    [['-o', 'y.csv', '--no-clobber'], 'file', { clobber: false }],
    [
      ['-o', 'out', '--format', 'csv', '--partition-by', 'application_name,hour', '--max-open-partitions', '5'],
      'file',
      { format: 'csv', partitionBy: ['application_name', 'hour'], maxOpenPartitions: 5 },
    ],
    [
      ['-o', 'f-{n}.csv', '--rotate-flows', '10', '--rotate-bytes', '1000', '--rotate-seconds=60', '--rotate-keep', '3'],
      'rotate',
      { flows: 10, bytes: 1000, seconds: 60, keep: 3 },
    ],
    [
      ['--metric', 'big=count(packet.size > 666)', '--metric', 'syns=count(packet.syn == 1)'],
      'aggregate',
      { metrics: { big: 'count(packet.size > 666)', syns: 'count(packet.syn == 1)' } },
    ],
    [['--where', 'protocol == 17'], 'where', { expression: 'protocol == 17' }],
    [['--anonymize', 'src_ip,dst_ip', '--anonymize-method', 'prefix'], 'anonymize', { columns: ['src_ip', 'dst_ip'], method: 'prefix' }],
    [['-o', 'y.csv', '--format', 'arrow'], 'file', { format: 'arrow' }],
  ];
  for (const [args, stage, expected] of accepted) {
    it(`understands ${args.join(' ')}`, () => {
      expect(request('x.pcap', ...args).options[stage]).to.deep.equal(expected);
    });
  }

  const formats: [args: string[], name: string | undefined][] = [
    [[], undefined],
    [['-o', 'y.csv'], 'csv'],
    [['-o', 'y.JSON'], 'json'],
    [['-o', 'y.ndjson'], 'jsonl'],
    [['-o', 'y.arrows'], 'arrows'],
    [['-o', 'y.csv', '--format', 'jsonl'], 'jsonl'],
    [['-o', '/dev/null', '--format', 'csv'], 'csv'],
    [['--format', 'csv'], 'csv'],
    [['-o', '-', '--format', 'csv'], 'csv'],
    [['-o', '-'], undefined],
  ];
  for (const [args, name] of formats) {
    it(`writes ${name ?? 'what suits standard output'} with ${args.join(' ') || 'no output'}`, () => {
      expect(request('x.pcap', ...args).format?.name).to.equal(name);
    });
  }

  const mistakes: [args: string[], sentence: string | RegExp][] = [
    [[], /^Usage: nfstream /],
    [['--quiet'], /^Usage: nfstream /],
    [[''], 'A capture needs a name, but one is empty.'],
    [['-', '-'], 'Standard input (-) can be read only once.'],
    [['x.pcap', '--idle-timout', '1'], 'There is no option --idle-timout. Did you mean --idle-timeout?'],
    [['x.pcap', '--idle-timout=1'], 'There is no option --idle-timout. Did you mean --idle-timeout?'],
    [['x.pcap', '--zzzzzzzz'], 'There is no option --zzzzzzzz.'],
    [['x.pcap', '-z'], 'There is no option -z.'],
    [['x.pcap', '--inactive-timeout', '60'], 'There is no option --inactive-timeout: it is called --idle-timeout here.'],
    [['x.pcap', '--inactive_timeout', '60'], 'There is no option --inactive_timeout: it is called --idle-timeout here.'],
    [['x.pcap', '--n-dissections', '5'], 'There is no option --n-dissections: it is called --dissections here.'],
    [['x.pcap', '--bpf_filter=tcp'], 'There is no option --bpf_filter: it is called --filter here.'],
    [['x.pcap', '--idle-timeout', 'soon'], '--idle-timeout takes a number of seconds (0 or more, with at most three decimals) or none, not "soon".'],
    [['x.pcap', '--idle-timeout', '-1'], '--idle-timeout takes a number of seconds (0 or more, with at most three decimals) or none, not "-1".'],
    [['x.pcap', '--idle-timeout', '0.0001'], '--idle-timeout takes a number of seconds (0 or more, with at most three decimals) or none, not "0.0001".'],
    [['x.pcap', '--idle-timeout', ''], '--idle-timeout takes a number of seconds (0 or more, with at most three decimals) or none, not "".'],
    [['x.pcap', '--capacity', '0'], '--capacity takes a whole number from 1 to 500000000, not "0".'],
    [['x.pcap', '--dissections', '1e2'], '--dissections takes a whole number from 0 to 255, not "1e2".'],
    [['x.pcap', '--features', 'new'], '--features takes one of nfstream, classic, zeek, cicflowmeter, full (names of columns go to --fields), not "new".'],
    [['x.pcap', '--fields', 'id,,src_ip'], '--fields takes names with commas between them, not "id,,src_ip".'],
    [
      ['x.pcap', '--decode-tunnels', 'vxlan,gree'],
      '--decode-tunnels takes all, or some of gtp, capwap, tzsp, l2tp, vxlan, geneve, gre, teredo with commas between them, not "vxlan,gree".',
    ],
    [['x.pcap', '--fields', 'id', '--features', 'full'], 'Give --features or --fields, not both.'],
    [['x.pcap', '--format', 'xml'], '--format takes one of json, jsonl, csv, arrow, arrows, parquet, cic, not "xml".'],
    [['x.pcap', '--idle-timeout'], /^Option '--idle-timeout <seconds\|none>' argument missing\.$/],
    [['x.pcap', '-o', 'flows.xml'], /^The name "flows\.xml" does not tell a format; .* or give --format\.$/],
    [['x.pcap', '-o', 'y.json', '--delimiter', ';'], '--delimiter is for CSV; add --format csv or an output that ends with .csv.'],
    [['x.pcap', '--rotate-flows', '5'], 'Rotated files need names; give a pattern with -o, such as -o flows-{n}.csv.'],
    [['x.pcap', '--rotate-flows', '0', '-o', 'f-{n}.csv'], /^--rotate-flows takes a whole number from 1 to \d+, not "0"\.$/],
    [['x.pcap', '--partition-by', 'hour'], '--partition-by needs a folder; give it with -o.'],
    [['x.pcap', '--metric', 'big=count(packet.sizes > 666)'], "--metric 'big', column 7: there is no packet.sizes; did you mean packet.size?"],
    [['x.pcap', '--metric', 'count()'], '--metric takes a name and an expression, as in "big=count(packet.size > 666)", not "count()".'],
    [['x.pcap', '--metric', '=count()'], /^--metric takes a name and an expression/],
    [['x.pcap', '--metric', 'a=count()', '--metric', 'a=count()'], '--metric gives a twice.'],
    [['x.pcap', '--where', 'protocol = 17'], '--where, column 10: "=" is not known here; write == to compare.'],
    [['x.pcap', '--where', ''], '--where, column 1: an expression is expected here, as in bidirectional_packets > 10.'],
    [['x.pcap', '--anonymize-method', 'prefix'], 'Say with --anonymize which columns are to be anonymised.'],
    [['x.pcap', '--anonymize', 'src_ip', '--anonymize-key-file', '/nowhere/key'], /^Can't read the key file \/nowhere\/key: .*\.$/],
    [
      ['x.pcap', '--anonymize', 'src_ip', '--anonymize-key-file', '/dev/null'],
      'The key file /dev/null is not a regular file; put the key into one that only you may read.',
    ],
    [['x.pcap', '-o', 'y.csv', '--compression', 'zstd'], '--compression is for Arrow and Parquet; add --format arrow or an output that ends with .arrow.'],
    [['x.pcap', '-o', 'y.arrow', '--row-group-rows', '5'], '--row-group-rows is for Parquet; add --format parquet or an output that ends with .parquet.'],
    [['x.pcap', '-o', 'y.parquet', '--compression', 'best'], '--compression takes one of none, lz4, zstd, snappy, gzip, not "best".'],
    [['x.pcap', '--no-header'], '--header is for CSV; add --format csv or an output that ends with .csv.'],
  ];
  for (const [args, sentence] of mistakes) {
    it(`refuses: nfstream ${args.join(' ')}`, () => {
      if (typeof sentence === 'string') expect(mistake(...args)).to.equal(sentence);
      else expect(mistake(...args)).to.match(sentence);
    });
  }

  for (const row of inCommand) {
    it(`has a flag for ${row.name}, with its meaning and default in the help`, () => {
      const negated = row.type === 'boolean' && row.default === true;
      const name = flagOf(row.flag ?? row.name);
      const flag = negated ? name.replace('--', '--no-') : name;
      const flat = help().replace(/\s+/g, ' ');
      expect(flat)
        .to.include(`${flag} `)
        .and.to.include(negated ? `Do not ${row.meaning[0]!.toLowerCase()}${row.meaning.slice(1)}` : row.meaning);
      if (row.default !== undefined && (row.type === 'seconds' || row.type.startsWith('integer')))
        expect(flat).to.include(`${row.meaning} Default: ${row.default === Infinity ? 'none' : JSON.stringify(row.default)}.`);
    });
  }

  it('has a help text that shows how to begin, within the width', () => {
    expect(help())
      .to.match(/^Usage: nfstream \[options\] <capture\.\.\.>\n/)
      .and.to.include('nfstream office.pcap -o flows.csv');
    expect(
      Math.max(
        ...help()
          .split('\n')
          .map((line) => line.length),
      ),
    ).to.be.at.most(130);
  });

  it('knows --version and -V', () => {
    expect(parseCommandLine(['--version'], 80)).to.deep.equal({ do: 'version' });
    expect(parseCommandLine(['-V'], 80)).to.deep.equal({ do: 'version' });
  });

  it('knows --list-fields', () => {
    expect(parseCommandLine(['--list-fields'], 80)).to.deep.equal({ do: 'list fields' });
  });
});
