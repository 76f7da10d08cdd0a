import { expect } from 'chai';
import type { RunReport } from '../../../lib/aggregate/report/run-report.js';
import { metricTable } from '../../../lib/cli/probe/metric-table.js';
import { metricsOf } from '../../../lib/cli/probe/metrics.js';
import { reportLine } from '../../../lib/cli/probe/report-line.js';
import { FlowError } from '../../../lib/errors.js';

const flows: RunReport['flows'] = {
  ...{ packets: 90, ignored: { other_protocol: 3 }, flows: 7, openFlows: 2, capacity: 1000, discardedFlows: 0 },
  endReasons: { idle: 4, active: 1, end: 2, capacity: 0, tcpFin: 0, tcpRst: 0, custom: 0 },
  ...{
    applications: { DNS: 5, TLS: 2 },
    snapshots: 0,
    latePackets: 1,
    largestStepBackMs: 4,
    firstLatePacket: 9,
    tableBytes: 4096,
    pluginErrors: 0,
    firstPluginError: null,
  },
};
const device = { bytes: 6000, droppedByKernel: 1, droppedByCredit: 2, droppedByInterface: 3, away: false, returns: 1 };
const live: RunReport['source'] = {
  ...{
    devices: ['eth0', 'eth1'],
    byDevice: [
      { device: 'eth0', arrived: 93, received: 90, ...device },
      { device: 'eth1', arrived: 6, received: 3, ...device, away: true },
    ],
  },
  ...{
    received: 93,
    bytes: 12_000,
    droppedByKernel: 2,
    droppedByCredit: 4,
    droppedByInterface: 6,
    filtered: null,
    batchesInFlight: 3,
    queued: 1,
    files: 0,
    packets: 93,
  },
  ...{ bytesRead: 12_000, bytesTotal: 0, damage: null, damages: [], outOfOrderFiles: [] },
};
const capture: RunReport['source'] = { files: 1, packets: 93, filtered: 4, bytesRead: 7000, bytesTotal: 7000, damage: null, damages: [], outOfOrderFiles: [] };

async function samples(source: RunReport['source'], applications = flows.applications): Promise<string[]> {
  const metrics = await metricsOf(() => ({ timeMs: 0, seconds: 5, source, flows: { ...flows, applications } }));
  return (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const ofFlows = [
  'nfstream_packets_metered_total 90',
  'nfstream_packets_ignored_total{reason="other_protocol"} 3',
  'nfstream_packets_late_total 1',
  ...Object.entries(flows.endReasons).map(([reason, count]) => `nfstream_flows_total{reason="${reason}"} ${count}`),
  'nfstream_open_flows 2',
  'nfstream_table_capacity_flows 1000',
  'nfstream_table_bytes 4096',
  'nfstream_plugin_errors_total 0',
  'nfstream_application_flows_total{application="DNS"} 5',
  'nfstream_application_flows_total{application="TLS"} 2',
];

describe('counters for Prometheus', () => {
  it('are named by its rules, and told once', () => {
    expect(new Set(metricTable.map(({ name }) => name)).size).to.equal(metricTable.length);
    for (const { name, type, help } of metricTable) {
      expect(name).to.match(/^nfstream_[a-z_]+$/);
      expect(name.endsWith('_total'), name).to.equal(type === 'counter');
      expect(help).to.match(/\.$/);
    }
  });

  it('are those of devices', async () => {
    const ofDevice = (name: string, received: number, up: number): string[][] => [
      [`nfstream_packets_received_total{device="${name}"} ${received}`],
      [`nfstream_bytes_received_total{device="${name}"} 6000`],
      ['kernel', 'credit', 'interface'].map((reason, at) => `nfstream_packets_dropped_total{device="${name}",reason="${reason}"} ${at + 1}`),
      [`nfstream_device_up{device="${name}"} ${up}`],
      [`nfstream_device_returns_total{device="${name}"} 1`],
    ];
    const [eth0, eth1] = [ofDevice('eth0', 90, 1), ofDevice('eth1', 3, 0)];
    expect(await samples(live)).to.have.members([
      ...eth0.flatMap((lines, at) => [...lines, ...eth1[at]!]),
      ...['nfstream_batches_in_flight 3', 'nfstream_batches_queued 1', ...ofFlows],
    ]);
  });

  it('are those of captures', async () => {
    const ofCapture = ['nfstream_packets_received_total 93', 'nfstream_bytes_received_total 7000', 'nfstream_packets_filtered_total 4'];
    expect(await samples(capture)).to.have.members([...ofCapture, ...ofFlows]);
  });

  it('survive hostile names of applications', async () => {
    const hostile = ['a"b', 'back\\slash', 'two\nlines', '} 1\nnfstream_open_flows 9', '__proto__', 'emoji 😀', '\u0000', '', 'x'.repeat(5000)];
    const lines = await samples(capture, Object.fromEntries(hostile.map((name) => [name, 1])));
    const told = lines.filter((line) => line.startsWith('nfstream_application'));
    const names = told.map((line) => /^nfstream_application_flows_total\{application="((?:[^"\\]|\\[\\n"])*)"\} 1$/.exec(line)![1]!);
    const unescaped = names.map((name) => name.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter)));
    expect(unescaped).to.have.members(hostile);
    expect(lines.filter((line) => line.startsWith('nfstream_open_flows'))).to.deep.equal(['nfstream_open_flows 2']);
  });
});

describe('a line of --report', () => {
  it('is one line of JSON, with damage in words and its place', () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'It ends\nearly.', { file: 'a.pcap', packet: 7, offset: 1000 });
    const line = reportLine({ timeMs: 1_700_000_000_000, seconds: 5, source: { ...capture, damage, damages: [damage] }, flows });
    expect(line).to.not.include('\n');
    const told = { code: 'ERR_NFSTREAM_TRUNCATED', message: 'It ends\nearly.', file: 'a.pcap', packet: 7, offset: 1000 };
    expect(JSON.parse(line)).to.deep.equal({ time: '2023-11-14T22:13:20.000Z', seconds: 5, source: { ...capture, damage: told, damages: [told] }, flows });
  });
});
