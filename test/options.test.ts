import { expect } from 'chai';
import { FlowError } from '../lib/errors.js';
import type { OptionStage } from '../lib/option-stages.js';
import { checkOptions, flagOf, options } from '../lib/options.js';

const both: OptionStage[] = ['capture', 'aggregate'];

const mistakes: [given: unknown, code: string, message: RegExp][] = [
  [{ idleTimout: 5 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /no option idleTimout here\. Did you mean idleTimeout\?/],
  [{ idle_timeout: 5 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /idle_timeout is now idleTimeout/],
  [{ inactive_timeout: 5 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /inactive_timeout is now idleTimeout/],
  [{ n_dissections: 5 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /n_dissections is now dissections/],
  [{ bpf_filter: 'tcp' }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /bpf_filter is now filter/],
  [{ colour: 'red' }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /no option colour here\. Known options are filter, /],
  [{ idleTimeout: '5' }, 'ERR_NFSTREAM_OPTION_TYPE', /Expected a number of seconds .* for idleTimeout but received "5" \(a string\)/],
  [{ idleTimeout: true }, 'ERR_NFSTREAM_OPTION_TYPE', /idleTimeout but received true \(a boolean\)/],
  [{ idleTimeout: -1 }, 'ERR_NFSTREAM_OPTION_RANGE', /idleTimeout but received -1 \(a number\)/],
  [{ idleTimeout: NaN }, 'ERR_NFSTREAM_OPTION_RANGE', /idleTimeout but received NaN/],
  [{ idleTimeout: 0.0005 }, 'ERR_NFSTREAM_OPTION_RANGE', /whole milliseconds/],
  [{ capacity: 0 }, 'ERR_NFSTREAM_OPTION_RANGE', /an integer from 1 to 500000000 for capacity but received 0/],
  [{ capacity: 1.5 }, 'ERR_NFSTREAM_OPTION_RANGE', /capacity but received 1.5/],
  [{ dissections: 256 }, 'ERR_NFSTREAM_OPTION_RANGE', /an integer from 0 to 255 for dissections/],
  [{ dissections: null }, 'ERR_NFSTREAM_OPTION_TYPE', /dissections but received null/],
  [
    { features: 'all' },
    'ERR_NFSTREAM_OPTION_RANGE',
    /one of "nfstream", "classic", "zeek", "cicflowmeter", "full", or an array of names for features but received "all"/,
  ],
  [{ features: [] }, 'ERR_NFSTREAM_OPTION_TYPE', /features but received an array of 0/],
  [{ features: ['id', ''] }, 'ERR_NFSTREAM_OPTION_TYPE', /features but received an array of 2/],
  [{ splt: 65536 }, 'ERR_NFSTREAM_OPTION_RANGE', /an integer from 0 to 65535 for splt/],
  [{ system_visibility_mode: 1 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /system_visibility_mode is now processes/],
  [{ splt_analysis: 5 }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /splt_analysis is now splt/],
  [{ tcpExpiry: 'syn' }, 'ERR_NFSTREAM_OPTION_RANGE', /one of "none", "rst", "fin", "cicflowmeter" for tcpExpiry/],
  [{ tcpLinger: -1 }, 'ERR_NFSTREAM_OPTION_RANGE', /a number of seconds .* for tcpLinger/],
  [{ timeUnit: 's' }, 'ERR_NFSTREAM_OPTION_RANGE', /one of "ms", "us", "ns" for timeUnit/],
  [{ filter: 5 }, 'ERR_NFSTREAM_OPTION_TYPE', /a string for filter but received 5/],
  [{ statistics: 1 }, 'ERR_NFSTREAM_OPTION_TYPE', /true or false for statistics but received 1/],
  [{ decodeTunnels: 1 }, 'ERR_NFSTREAM_OPTION_TYPE', /Expected true, false, "all" or an array of "gtp", "capwap", "tzsp", .* for decodeTunnels but received 1/],
  [{ decodeTunnels: 'vxlan' }, 'ERR_NFSTREAM_OPTION_RANGE', /decodeTunnels but received "vxlan" \(a string\)/],
  [{ decodeTunnels: ['gre', 'vxlam'] }, 'ERR_NFSTREAM_OPTION_RANGE', /decodeTunnels but received "vxlam" \(a string\)/],
  [{ decodeTunnels: ['gre', 5] }, 'ERR_NFSTREAM_OPTION_TYPE', /decodeTunnels but received 5/],
  [{ decodeTunnels: [undefined] }, 'ERR_NFSTREAM_OPTION_TYPE', /decodeTunnels but received undefined/],
  [{ decodeTunnels: {} }, 'ERR_NFSTREAM_OPTION_TYPE', /decodeTunnels but received an object/],
  [{ fragments: 'drop' }, 'ERR_NFSTREAM_OPTION_RANGE', /one of "ignore", "count" for fragments but received "drop"/],
  [{ accountingMode: 4 }, 'ERR_NFSTREAM_OPTION_TYPE', /one of "frame", "ip", "transport", "payload" for accountingMode but received 4/],
  [{ signal: {} }, 'ERR_NFSTREAM_OPTION_TYPE', /an AbortSignal for signal but received an object \(Object\)/],
  ['idleTimeout', 'ERR_NFSTREAM_OPTION_TYPE', /an object for the options/],
  [[], 'ERR_NFSTREAM_OPTION_TYPE', /an object for the options/],
  [null, 'ERR_NFSTREAM_OPTION_TYPE', /an object for the options but received null/],
];

describe('options', () => {
  for (const [given, code, message] of mistakes) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => checkOptions(both, given))
        .to.throw(FlowError, message)
        .with.property('code', code);
    });
  }

  const accepted: [given: object, name: string, value: unknown][] = [
    [{}, 'idleTimeout', 120],
    [{ idleTimeout: undefined }, 'idleTimeout', 120],
    [{ idleTimeout: 0 }, 'idleTimeout', 0],
    [{ idleTimeout: 0.001 }, 'idleTimeout', 0.001],
    [{ idleTimeout: 1.1 }, 'idleTimeout', 1.1],
    [{ activeTimeout: Infinity }, 'activeTimeout', Infinity],
    [{ dissections: 0 }, 'dissections', 0],
    [{ accountingMode: 'ip' }, 'accountingMode', 'ip'],
    [{ accountingMode: 3 }, 'accountingMode', 'payload'],
    [{}, 'decodeTunnels', true],
    [{ decodeTunnels: 'all' }, 'decodeTunnels', 'all'],
    [{ decodeTunnels: false }, 'decodeTunnels', false],
    [{ decodeTunnels: ['vxlan', 'gre'] }, 'decodeTunnels', ['vxlan', 'gre']],
    [{ decodeTunnels: [] }, 'decodeTunnels', []],
  ];
  for (const [given, name, value] of accepted) {
    it(`takes ${name} of ${String(value)}`, () => {
      expect(checkOptions(both, given)[name]).to.deep.equal(value);
    });
  }

  it('does not take an option of another stage', () => {
    expect(() => checkOptions(['capture'], { idleTimeout: 5 })).to.throw(FlowError, /no option idleTimeout here/);
  });

  it('has a default within its own range for every option', () => {
    for (const row of options) {
      if (row.default === undefined) continue;
      expect(checkOptions([row.stage], { [row.name]: row.default })[row.name]).to.equal(row.default);
    }
  });

  it('has kebab-case flags', () => {
    expect(flagOf('idleTimeout')).to.equal('--idle-timeout');
    expect(flagOf('capacity')).to.equal('--capacity');
  });
});
