import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { blockType, linkType, Section, type Option } from '../../fixtures/make/build/files.js';
import { Streamer, type StreamerOptions } from '../../lib/index.js';
import { pcap, udpFrame } from '../capture/build-capture.js';
import { nfstream } from '../cli/in-process.js';
import { testFolder } from '../files/file-folder.js';
import { sharedCaptures } from '../shared.js';

const text = (code: number, value: string): Option => ({ code, value: Buffer.from(value) });
const name = (value: string): Option => text(2, value);
const resolution = (value: number): Option => ({ code: 9, value: Buffer.of(value) });
const packet = (port: number, us = port): { time: bigint; data: Uint8Array } => ({ time: BigInt(us) * 1000n, data: udpFrame(port) });

/** A block of secrets, of the order of a section. */
function secrets(section: Section, data: Buffer, type = 0x544c534b): Section {
  return section.block(blockType.secrets, section.writer().u32(type).u32(data.length).raw(data).done());
}

/** What is in a pcapng file of ours: each block in a few words. */
function blocksOf(file: string): string[] {
  const bytes = readFileSync(file);
  const told: string[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    const body = bytes.subarray(at + 8, at + bytes.readUInt32LE(at + 4) - 4);
    switch (bytes.readUInt32LE(at)) {
      case blockType.interface:
        told.push(`interface ${body.readUInt16LE(0)} ${body.readUInt32LE(4)} ${optionsOf(body.subarray(8))}`);
        break;
      case blockType.secrets:
        told.push(`secrets ${body.readUInt32LE(0)} ${shortened(body.subarray(8, 8 + body.readUInt32LE(4)).toString('latin1'))}`);
        break;
      case blockType.enhanced:
        told.push(`packet ${body.readUInt32LE(0)} ${(BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8))} ${body.readUInt16BE(20 + 34)}`);
        break;
      default:
        told.push(bytes.readUInt32LE(at) === blockType.section ? 'section' : 'another');
    }
  }
  return told;
}

function optionsOf(bytes: Buffer): string {
  const told: string[] = [];
  for (let at = 0; bytes.readUInt16LE(at) !== 0; at += 4 + Math.ceil(bytes.readUInt16LE(at + 2) / 4) * 4) {
    const value = bytes.subarray(at + 4, at + 4 + bytes.readUInt16LE(at + 2));
    told.push(`${bytes.readUInt16LE(at)}=${value.every((byte) => byte >= 0x20 && byte < 0x7f) ? value.toString('latin1') : value.toString('hex')}`);
  }
  return told.join(' ');
}

function shortened(value: string): string {
  return value.length > 40 ? `${value.slice(0, 3)}...${value.length}` : value;
}

describe('what a pcapng capture says beside its packets', () => {
  const { path, files } = testFolder();
  const write = (name: string, ...bytes: (Buffer | Section)[]): string => {
    writeFileSync(path(name), Buffer.concat(bytes.map((one) => (one instanceof Section ? one.done() : one))));
    return path(name);
  };
  const streamer = (source: string | string[], more: Partial<StreamerOptions> = {}): Streamer => new Streamer({ source, dissections: 0, ...more });
  const written = async (source: string | string[], more: Partial<StreamerOptions> = {}): Promise<string[]> => {
    await streamer(source, more).toCapture(path('out.pcapng'));
    return blocksOf(path('out.pcapng'));
  };

  const cases: [what: string, source: () => string | string[], blocks: string[], more?: Partial<StreamerOptions>][] = [
    [
      'names, descriptions, speeds and hardware of interfaces, of both byte orders',
      () => {
        const big = new Section(true);
        const speed = { code: 8, value: Buffer.from('000000003b9aca00', 'hex') };
        const more = [
          name('eth0'),
          text(3, 'the uplink'),
          speed,
          text(11, '\0tcp'),
          text(12, 'Linux'),
          text(15, 'a card'),
          text(10, 'zone'),
          text(9000, 'unknown'),
        ];
        return write('a.pcapng', big.interface(linkType.ethernet, 96, more).enhanced(packet(7)), new Section().interface(1, 0).enhanced(packet(8)));
      },
      [
        'section',
        'interface 1 96 2=eth0 3=the uplink 8=00ca9a3b00000000 11=00746370 12=Linux 15=a card 9=06',
        'packet 0 7 7',
        'interface 1 0 9=06',
        'packet 1 8 8',
      ],
    ],
    [
      'interfaces of one number in several sections, and with the same words in one',
      () =>
        write(
          'a.pcapng',
          new Section()
            .interface(1, 0, [name('a')])
            .interface(1, 0, [name('b')])
            .enhanced(packet(1), { interface: 1 })
            .enhanced(packet(2)),
          new Section(true)
            .interface(1, 0, [name('c')])
            .enhanced(packet(3))
            .enhanced(packet(4)),
        ),
      ['section', 'interface 1 0 2=b 9=06', 'packet 0 1 1', 'interface 1 0 2=a 9=06', 'packet 1 2 2', 'interface 1 0 2=c 9=06', 'packet 2 3 3', 'packet 2 4 4'],
    ],
    [
      'resolutions of times, but finer ones and powers of two as nanoseconds',
      () =>
        write(
          'a.pcapng',
          new Section()
            .interface(1, 0, [resolution(3)])
            .enhanced(packet(1), { units: 5n })
            .interface(1, 0, [resolution(9)])
            .enhanced(packet(2), { interface: 1, units: 6_000_001n })
            .interface(1, 0, [resolution(0x8a)])
            .enhanced(packet(3), { interface: 2, units: 512n })
            .interface(1, 0, [resolution(12)])
            .enhanced(packet(4), { interface: 3, units: 600_000_000_999n }),
        ),
      [
        'section',
        'interface 1 0 9=03',
        'packet 0 5 1',
        'interface 1 0 9=09',
        'packet 1 6000001 2',
        'interface 1 0 9=09',
        'packet 2 500000000 3',
        'interface 1 0 9=09',
        'packet 3 600000000 4',
      ],
    ],
    [
      'times before 1970',
      () =>
        write(
          'a.pcapng',
          new Section().interface(1, 0, [name('old'), { code: 14, value: Buffer.from('ffffffffffffffff', 'hex') }]).enhanced(packet(1, 250_000)),
        ),
      ['section', 'interface 1 0 2=old 9=09', `packet 0 ${2n ** 64n - 750_000_000n} 1`],
    ],
    [
      'secrets in front of the packets, between them and behind them',
      () => {
        const section = secrets(new Section(true), Buffer.from('first'));
        secrets(section.interface().enhanced(packet(1)), Buffer.from('second'), 0x57474b4c).enhanced(packet(2));
        return write('a.pcapng', secrets(section, Buffer.alloc(300_000, 'x')));
      },
      [
        'section',
        'secrets 1414288203 first',
        'secrets 1464290124 second',
        'secrets 1414288203 xxx...300000',
        'interface 1 262144 9=06',
        'packet 0 1 1',
        'packet 0 2 2',
      ],
    ],
    [
      'interfaces and secrets of several captures that are merged',
      () => [
        write(
          'a.pcapng',
          secrets(new Section(), Buffer.from('of a'))
            .interface(1, 0, [name('a')])
            .enhanced(packet(1))
            .enhanced(packet(3)),
        ),
        write(
          'b.pcapng',
          secrets(new Section(), Buffer.from('of b'))
            .interface(1, 0, [name('b')])
            .enhanced(packet(2)),
        ),
        write('c.pcap', pcap(1)),
      ],
      [
        'section',
        'secrets 1414288203 of a',
        'secrets 1414288203 of b',
        'interface 1 0 2=a 9=06',
        'packet 0 1 1',
        'interface 1 0 2=b 9=06',
        'packet 1 2 2',
        'packet 0 3 3',
        'interface 1 0 9=06',
        'packet 2 1000000000 1',
      ],
      { merge: true },
    ],
    [
      'interfaces of packets that are put in order',
      () => write('a.pcapng', new Section().interface(1, 0, [name('a')]).enhanced(packet(5)), new Section().interface(1, 0, [name('b')]).enhanced(packet(4))),
      ['section', 'interface 1 0 2=b 9=06', 'packet 0 4 4', 'interface 1 0 2=a 9=06', 'packet 1 5 5'],
      { reorder: 1 },
    ],
  ];
  for (const [what, source, blocks, more] of cases) it(`has ${what}`, async () => expect(await written(source(), more)).to.deep.equal(blocks));

  it('is in each file of a flow, but for secrets that would be too much', async () => {
    const section = secrets(secrets(new Section(), Buffer.from('keys')), Buffer.alloc(1 << 20));
    const source = write(
      'a.pcapng',
      section
        .interface(1, 0, [name('eth0')])
        .enhanced(packet(1))
        .enhanced(packet(2)),
    );
    const warnings: (string | undefined)[] = [];
    const note = (warning: Error & { code?: string }): void => void warnings.push(warning.code);
    process.on('warning', note);
    await streamer(source).toCapture(path('{id}.pcapng'), { split: true });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).to.deep.equal(['NFSTREAM_SECRETS']);
    for (const id of [0, 1])
      expect(blocksOf(path(`${id}.pcapng`))).to.deep.equal(['section', 'secrets 1414288203 keys', 'interface 1 0 2=eth0 9=06', `packet 0 ${id + 1} ${id + 1}`]);
    const { stderr } = await nfstream(source, '--dissections', '0', '-o', path('a.csv'), '--split-packets', path('{id}'));
    expect(stderr).to.match(/Warning: Not all secrets for decryption were copied.*editcap --inject-secrets/);
    expect(blocksOf(path('0'))).to.include('secrets 1414288203 keys');
  });

  it('is bounded, however much there is of it', async () => {
    const section = new Section();
    for (let i = 0; i < 20; i++) secrets(section, Buffer.alloc(1 << 20, i));
    for (let i = 0; i < 300; i++) section.interface(1, 0, [text(3, String(i).repeat(20_000))]);
    const source = write('a.pcapng', section.enhanced(packet(1), { interface: 299 }));
    const { stderr } = await nfstream(source, '--dissections', '0', '-o', path('a.csv'), '--packets', path('out.pcapng'));
    expect(stderr).to.match(/Not all secrets/);
    const blocks = blocksOf(path('out.pcapng'));
    expect(blocks.filter((block) => block.startsWith('secrets')).length).to.be.within(10, 16);
    expect(blocks.slice(-2)).to.deep.equal(['interface 1 0 9=06', 'packet 0 1 1']);
  });

  it('decrypts the flows as it decrypted the capture, for tshark', async function () {
    const folder = sharedCaptures;
    const source = join(folder, 'doq.pcapng');
    if (!existsSync(source) || spawnSync('tshark', ['--version']).status !== 0) {
      console.log(`      not tried: there is no tshark, or no ${source}; set NFSTREAM_CAPTURES to the folder`);
      return this.skip();
    }
    const rowsOf = (file: string): string[] => {
      const fields = ['frame.time_epoch', 'frame.len', '_ws.col.Protocol', '_ws.col.Info'].flatMap((field) => ['-e', field]);
      return spawnSync('tshark', ['-r', file, '-T', 'fields', ...fields], { encoding: 'utf8' })
        .stdout.trimEnd()
        .split('\n');
    };
    await streamer(source).toCapture(path('out.pcapng'));
    await streamer(source).toCapture(path('flow-{id}'), { split: true });
    const expected = rowsOf(source);
    expect(expected.filter((row) => /\tDNS\t|\tDoQ\t|Standard query/.test(row))).to.have.length.above(3);
    expect(rowsOf(path('out.pcapng'))).to.deep.equal(expected);
    const split = files().filter((name) => name.startsWith('flow-'));
    expect(split.flatMap((name) => rowsOf(path(name))).sort()).to.deep.equal([...expected].sort());
  });
});
