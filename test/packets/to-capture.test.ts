import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { captureFile, fromFile, Streamer, type FlowBatch, type IntColumn, type Packet } from '../../lib/index.js';
import { failureOf } from '../files/file-folder.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const office = fixture('office.pcap');

describe('Streamer.toCapture()', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => (folder = mkdtempSync(join(tmpdir(), 'nfstream-packets-'))));
  after(() => rmSync(folder, { recursive: true }));

  async function packetsOf(file: string | string[], keep: (packet: Packet) => boolean = () => true): Promise<string[]> {
    const found: string[] = [];
    for await (const batch of captureFile(file))
      for (const packet of batch)
        if (keep(packet)) found.push(`${packet.timeNs} ${packet.linkType} ${packet.wireLength} ${Buffer.from(packet.bytes).toString('base64')}`);
    return found;
  }

  const chosen: [condition: string, keep: (packet: Packet) => boolean][] = [
    ['dst_port == 53', (packet) => packet.ignoreReason === null && (packet.dstPort === 53 || packet.srcPort === 53)],
    ['protocol == 6', (packet) => packet.ignoreReason === null && packet.protocol === 6],
    ['id < 0', () => false],
    ['id >= 0', (packet) => packet.ignoreReason === null],
  ];
  for (const [condition, keep] of chosen) {
    it(`writes the packets of flows with ${condition}`, async () => {
      const streamer = new Streamer({ source: office, dissections: 0 });
      const told = await streamer.toCapture(path('some.pcapng'), { where: condition });
      const expected = await packetsOf(office, keep);
      expect(await packetsOf(path('some.pcapng'))).to.deep.equal(expected);
      expect(told.packets).to.equal(expected.length);
      expect((await new Streamer({ source: office, dissections: 0, where: condition }).toTable()).numRows).to.equal(told.flows);
    });
  }

  it('tells flows of one key apart, and takes ids and the condition of the Streamer', async () => {
    // Every packet is a flow.
    const streamer = new Streamer({ source: office, dissections: 0, idleTimeout: 0, features: ['id', 'protocol'], where: 'protocol == 17' });
    const ids: number[] = [];
    for await (const flow of streamer) ids.push(Number(flow.id));
    const told = await streamer.toCapture(path('two.pcapng'), { flows: [ids[3]!, ids[7]!, 1e9] });
    expect(told).to.deep.equal({ flows: 2, packets: 2 });
  });

  it('keeps link types, sizes and nanoseconds of several captures', async () => {
    const sources = ['interfaces.pcapng', 'nanosecond.pcap', 'snaplen96.pcap', 'cooked-sll2.pcap'].map(fixture);
    const told = await new Streamer({ source: sources, dissections: 0, merge: true }).toCapture(path('all.pcapng'));
    const merged: string[] = [];
    for await (const batch of captureFile(sources, { merge: true }))
      for (const packet of batch)
        if (packet.ignoreReason === null)
          merged.push(`${packet.timeNs} ${packet.linkType} ${packet.wireLength} ${Buffer.from(packet.bytes).toString('base64')}`);
    expect(await packetsOf(path('all.pcapng'))).to.deep.equal(merged);
    expect(told.packets).to.equal(merged.length);
  });

  it('is read by tshark, with the flow of each packet as its comment', async function () {
    if (spawnSync('tshark', ['--version']).status !== 0) {
      console.log('      not tried: there is no tshark here');
      return this.skip();
    }
    await new Streamer({ source: office, dissections: 0 }).toCapture(path('read.pcapng'), { where: 'dst_port == 443' });
    const { stdout, status } = spawnSync('tshark', ['-r', path('read.pcapng'), '-T', 'fields', '-e', 'frame.comment', '-e', 'tcp.port', '-e', 'udp.port'], {
      encoding: 'utf8',
    });
    expect(status).to.equal(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).to.be.above(20);
    for (const line of lines) expect(line).to.match(/^flow \d+\t.*443/);
  });

  it('writes a table of packets, with the flow of each', async () => {
    const streamer = new Streamer({ source: office, dissections: 0 });
    for (const name of ['t.jsonl', 't.csv', 't.parquet']) {
      const told = await streamer.toPacketTable(path(name), { where: 'dst_port == 53' });
      const { rows, flows } = await tableRows(path(name));
      expect(rows.length).to.equal(told.packets);
      expect(flows.size).to.equal(told.flows);
      const expected: unknown[] = [];
      for await (const batch of captureFile(office))
        for (const packet of batch)
          if (packet.ignoreReason === null && (packet.srcPort === 53 || packet.dstPort === 53))
            expected.push([
              packet.number,
              office,
              packet.timeNs,
              packet.wireLength,
              packet.srcIp,
              packet.srcPort,
              packet.dstIp,
              packet.protocol,
              packet.payloadSize,
              packet.tcpFlags,
            ]);
      expect(rows).to.deep.equal(expected);
    }
    expect(await failureOf(streamer.toPacketTable(path('t.xyz')))).to.have.property('code', 'ERR_NFSTREAM_OUTPUT_FORMAT');
    expect(await failureOf(streamer.toPacketTable(path('no/t.csv')))).to.have.property('code', 'ERR_NFSTREAM_OUTPUT');
    expect((await streamer.toPacketTable(path('none.csv'), { flows: [] })).packets).to.equal(0);
    expect(readFileSync(path('none.csv'), 'utf8')).to.match(/^packet,file,time_ns,.*,flow_id\n$/);
  });

  async function tableRows(file: string): Promise<{ rows: unknown[]; flows: Set<unknown> }> {
    const rows: unknown[] = [];
    const flows = new Set<unknown>();
    for await (const batch of fromFile(file) as AsyncIterable<FlowBatch>) {
      const times = (batch.column('time_ns') as IntColumn).values;
      for (const [index, row] of [...batch].entries()) {
        rows.push([
          row['packet'],
          row['file'],
          times[index],
          row['wire_bytes'],
          row['srcIp'],
          row['srcPort'],
          row['dstIp'],
          row['protocol'],
          row['payload_bytes'],
          row['tcp_flags'],
        ]);
        flows.add(row['flow_id']);
      }
    }
    return { rows, flows };
  }

  it('tells damage when the packets in front of it are written', async () => {
    writeFileSync(path('cut.pcap'), readFileSync(office).subarray(0, -10));
    const error = await failureOf(new Streamer({ source: path('cut.pcap'), dissections: 0 }).toCapture(path('cut.pcapng')));
    expect(error).to.have.property('code', 'ERR_NFSTREAM_TRUNCATED');
    expect((await packetsOf(path('cut.pcapng'))).length).to.be.above(1000);
  });

  it('leaves nothing behind when it is aborted or fails, and replaces no input', async () => {
    const before = readdirSync(folder);
    const abort = new AbortController();
    abort.abort();
    expect(await failureOf(new Streamer({ source: office, signal: abort.signal }).toCapture(path('no.pcapng')))).to.have.property('name', 'AbortError');
    expect(await failureOf(new Streamer({ source: office }).toCapture(path('no/where.pcapng')))).to.have.property('code', 'ERR_NFSTREAM_OUTPUT');
    expect(await failureOf(new Streamer({ source: office }).toCapture(office))).to.have.property('code', 'ERR_NFSTREAM_OUTPUT_IS_INPUT');
    expect(await failureOf(new Streamer({ source: '-' }).toCapture(path('no.pcapng'))))
      .to.have.property('message')
      .that.matches(/second pass/);
    expect(await failureOf(new Streamer({ source: office, meters: 2 }).toCapture(path('no.pcapng'))))
      .to.have.property('message')
      .that.matches(/for meters/);
    writeFileSync(path('there'), '');
    expect(await failureOf(new Streamer({ source: office, dissections: 0 }).toCapture(path('there'), { clobber: false }))).to.have.property(
      'code',
      'ERR_NFSTREAM_OUTPUT_EXISTS',
    );
    expect(existsSync(path('no.pcapng'))).to.equal(false);
    expect(readdirSync(folder).sort()).to.deep.equal([...before, 'there'].sort());
  });
});
