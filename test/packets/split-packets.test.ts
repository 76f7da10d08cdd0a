import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { captureFile, Streamer, type Packet, type PacketCaptureOptions } from '../../lib/index.js';
import { CaptureNotes } from '../../lib/capture/index.js';
import { SplitPacketFiles } from '../../lib/packets/split-files.js';
import type { HookPacket } from '../../lib/plugins/index.js';
import { nfstream } from '../cli/in-process.js';
import { madeCapture, manyFlows } from '../cli/made-capture.js';
import { failureOf, testFolder } from '../files/file-folder.js';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

describe('Streamer.toCapture() with split', () => {
  const { path, files } = testFolder();

  const split = (pattern: string, options: PacketCaptureOptions = {}, more: object = {}): ReturnType<Streamer['toCapture']> =>
    new Streamer({ source: office, dissections: 0, ...more }).toCapture(path(pattern), { ...options, split: true });

  const shown = (packet: Packet): string => `${packet.timeNs} ${packet.linkType} ${packet.wireLength} ${Buffer.from(packet.bytes).toString('base64')}`;

  async function packetsOf(file: string): Promise<string[]> {
    const found: string[] = [];
    for await (const batch of captureFile(file)) for (const packet of batch) found.push(shown(packet));
    return found;
  }

  it('writes the packets of each flow to a file of its own', async () => {
    const told = await split('flows/{id}.pcapng', { where: 'protocol == 17' });
    const table = await new Streamer({ source: office, dissections: 0, where: 'protocol == 17' }).toTable();
    const ids = Array.from(table.getChild('id')!, Number);
    expect(files()).to.deep.equal(ids.map((id) => `flows/${id}.pcapng`).sort());
    expect(told).to.deep.equal({ flows: ids.length, packets: 0 + (await sumOf(table)), files: ids.length });
    for (const [row, id] of ids.entries()) {
      await new Streamer({ source: office, dissections: 0 }).toCapture(path('one.pcapng'), { flows: [id] });
      expect(readFileSync(path(`flows/${id}.pcapng`)).equals(readFileSync(path('one.pcapng'))), `flow ${id}`).to.equal(true);
      expect(await packetsOf(path(`flows/${id}.pcapng`))).to.have.length(Number(table.getChild('bidirectional_packets')!.get(row)));
      if (row === 5) break;
    }
  });

  async function sumOf(table: Awaited<ReturnType<Streamer['toTable']>>): Promise<number> {
    return Array.from(table.getChild('bidirectional_packets')!, Number).reduce((sum, packets) => sum + packets, 0);
  }

  it('puts flows of one name into one file, in the order of the capture', async () => {
    const told = await split('{protocol}.pcapng');
    const expected = new Map<string, string[]>();
    for await (const batch of captureFile(office))
      for (const packet of batch) {
        if (packet.ignoreReason !== null) continue;
        const name = `${packet.protocol}.pcapng`;
        expected.set(name, [...(expected.get(name) ?? []), shown(packet)]);
      }
    expect(files()).to.deep.equal([...expected.keys()].sort());
    expect(told.files).to.equal(expected.size);
    for (const [name, packets] of expected) expect(await packetsOf(path(name))).to.deep.equal(packets);
  });

  it('has few descriptors open, however many files there are', async () => {
    writeFileSync(path('many.pcap'), madeCapture([...manyFlows(1500), ...manyFlows(1500).map((packet) => ({ ...packet, ms: packet.ms + 2000 }))]));
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, open())), 1);
    const told = await split('many/{id}.pcapng', {}, { source: path('many.pcap') });
    clearInterval(watch);
    expect(told).to.deep.equal({ flows: 1500, packets: 3000, files: 1500 });
    expect(files()).to.have.length(1501);
    expect(most).to.be.below(before + 60);
    expect(await packetsOf(path('many/700.pcapng'))).to.have.length(2);
  });

  it('opens files again that were closed, and what fails leaves none', async () => {
    const paths = new Map(Array.from({ length: 40 }, (_, id) => [id, path(`again/${id}.pcapng`)]));
    const options = { paths, clobber: true, inputs: [], outputs: [], cancelled: new AbortController().signal, notes: new CaptureNotes() };
    for (const commits of [true, false]) {
      const output = await SplitPacketFiles.of(options, 1);
      const expected: string[] = [];
      for await (const batch of captureFile(office)) {
        for (const packet of batch) {
          const { linkType, interfaceId, file, timeNs: captureTimeNs, timeResolution, bytes, wireLength, number } = packet;
          output.add({ linkType, interfaceId, file, captureTimeNs, timeResolution, bytes, wireLength, number } as HookPacket, number % 40);
          if (packet.number % 40 === 3) expected.push(shown(packet));
          if (packet.number % 100 === 0) await output.drain();
        }
      }
      await (commits ? output.commit() : output.abort());
      expect(files()).to.have.length(commits ? 40 : 0);
      if (commits) expect(await packetsOf(path('again/3.pcapng'))).to.deep.equal(expected);
      rmSync(path('again'), { recursive: true });
    }
  });

  const failures: [what: string, run: () => Promise<unknown>, error: object][] = [
    ['a pattern without a column', () => split('all.pcapng'), { code: 'ERR_NFSTREAM_OPTION_RANGE' }],
    ['a column that flows do not have', () => split('{no}.pcapng'), { code: 'ERR_NFSTREAM_COLUMN' }],
    ['a folder that cannot be made', () => (writeFileSync(path('file'), ''), split('file/{id}.pcapng')), { code: 'ERR_NFSTREAM_OUTPUT' }],
    ['names that are folders', () => (mkdirSync(path('7')), split('{id}')), { code: 'ERR_NFSTREAM_OUTPUT' }],
    ['files that exist', () => (writeFileSync(path('9'), ''), split('{id}', { clobber: false })), { code: 'ERR_NFSTREAM_OUTPUT_EXISTS' }],
    ['two names of one file', () => (symlinkSync(path('8'), path('9')), split('{id}')), { code: 'ERR_NFSTREAM_OUTPUT_NAMES' }],
    ['a name that is the capture', () => (symlinkSync(office, path('11')), split('{id}')), { code: 'ERR_NFSTREAM_OUTPUT_IS_INPUT' }],
    ['a signal that was aborted', () => split('{id}', {}, { signal: AbortSignal.abort() }), { name: 'AbortError' }],
  ];
  for (const [what, run, error] of failures) {
    it(`leaves no file behind with ${what}`, async () => {
      expect(await failureOf(run())).to.include(error);
      expect(files().filter((name) => !['7', '8', '9', '11', 'file'].includes(name))).to.deep.equal([]);
      if (existsSync(path('9'))) expect(statSync(path('9')).size).to.equal(0);
    });
  }

  it('refuses a place for the id without split', async () => {
    expect(await failureOf(new Streamer({ source: office }).toCapture(path('{id}.pcapng')))).to.include({ code: 'ERR_NFSTREAM_OPTION_RANGE' });
    expect(await failureOf(new Streamer({ source: office }).toPacketTable(path('t.csv'), { split: true } as object))).to.include({
      code: 'ERR_NFSTREAM_OPTION_UNKNOWN',
    });
  });

  it('leaves nothing behind when it is aborted in the middle', async () => {
    writeFileSync(path('many.pcap'), madeCapture(manyFlows(2000)));
    const abort = new AbortController();
    const run = split('out/{id}.pcapng', {}, { source: path('many.pcap'), signal: abort.signal });
    const watch = setInterval(() => {
      if (existsSync(path('out')) && readdirSync(path('out')).length > 100) abort.abort();
    }, 1);
    expect(await failureOf(run)).to.include({ name: 'AbortError' });
    clearInterval(watch);
    const left = files().filter((name) => name !== 'many.pcap');
    expect(left.filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    for (const name of left) expect(await packetsOf(path(name))).to.have.length(1);
  });

  it('gives the files of a damaged capture their names, then tells the damage', async () => {
    writeFileSync(path('cut.pcap'), readFileSync(office).subarray(0, -10));
    expect(await failureOf(split('out/{id}.pcapng', { where: 'dst_port == 53' }, { source: path('cut.pcap') }))).to.include({ code: 'ERR_NFSTREAM_TRUNCATED' });
    expect(files().length).to.be.above(2);
  });

  it('is --split-packets of the command, besides other outputs', async () => {
    const run = async (...args: string[]): Promise<{ code: number; stderr: string }> =>
      nfstream(office, '--dissections', '0', '--where', 'dst_port == 53', ...args);
    const { code, stderr } = await run('-o', path('a.csv'), '--split-packets', path('{dst_ip}/{id}.pcapng'), '--packets', path('all.pcapng'));
    expect(code).to.equal(0);
    const [, packets, flows] = /: (\d+) packets of (\d+) flows in \S+all.pcapng and \2 files \(\S+\{dst_ip\}\/\{id\}.pcapng\)$/m.exec(stderr)!;
    expect(await packetsOf(path('all.pcapng'))).to.have.length(Number(packets));
    expect(files().filter((name) => name.startsWith('203.0.113.53/'))).to.have.length(Number(flows));
    const wrong: [args: string[], message: RegExp][] = [
      [['--packets', path('{id}.pcapng')], /has a place for the id of each flow; write it with --split-packets/],
      [['--split-packets', path('all.pcapng')], /a column of flows, such as \{id\}/],
      [['--split-packets', path('{no}')], /names the column no, but these flows have none/],
      [['--split-packets', ''], /--split-packets takes the name of a file/],
      [['-o', path('53.csv'), '--split-packets', path('{dst_port}.csv')], /would be one file/],
    ];
    for (const [args, message] of wrong) {
      const told = await run(...args);
      expect(told.stderr).to.match(message);
      expect(told.code).to.not.equal(0);
    }
  });
});
