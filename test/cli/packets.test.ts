import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { captureFile } from '../../lib/index.js';
import { nfstream } from './in-process.js';
import { madeCapture, workFolder } from './made-capture.js';

describe('nfstream --packets', () => {
  const { path, write } = workFolder();
  let capture: string;
  before(() => (capture = write('a.pcap', madeCapture([1, 2, 1, 3, 1].map((from, index) => ({ ms: 10 * index, from }))))));

  it('writes the packets of the flows that --where keeps, besides the flows, whose columns stay as they are', async () => {
    const { code, stdout, stderr } = await nfstream(
      capture,
      '--dissections',
      '0',
      '--where',
      'src_ip == "10.0.0.1"',
      '-o',
      path('a.csv'),
      '--packets',
      path('a.pcapng'),
    );
    expect([code, stdout]).to.deep.equal([0, '']);
    expect(stderr.trimEnd().split('\n').at(-1)).to.equal(`nfstream: 3 packets of 1 flow in ${path('a.pcapng')}`);
    const sources: unknown[] = [];
    for await (const batch of captureFile(path('a.pcapng'))) for (const packet of batch) sources.push(packet.srcIp);
    expect(sources).to.deep.equal(['10.0.0.1', '10.0.0.1', '10.0.0.1']);
    await nfstream(capture, '--dissections', '0', '--where', 'src_ip == "10.0.0.1"', '-o', path('b.csv'), '-q');
    expect(readFileSync(path('a.csv'), 'utf8')).to.equal(readFileSync(path('b.csv'), 'utf8'));
  });

  it('writes a table of them', async () => {
    const { code, stderr } = await nfstream(
      capture,
      '--dissections',
      '0',
      '-o',
      path('c.csv'),
      '--packets-table',
      path('t.csv'),
      '--packets',
      path('t.pcapng'),
    );
    expect(code).to.equal(0);
    expect(stderr).to.include(`5 packets of 3 flows in ${path('t.pcapng')} and ${path('t.csv')}`);
    expect(readFileSync(path('t.csv'), 'utf8').trimEnd().split('\n')).to.have.length(6);
  });

  const refused: [what: string, args: () => string[], message: RegExp][] = [
    ['a device', () => ['no/device', '--packets', path('x.pcapng')], /There is no file|devices?/],
    ['a capture that grows', () => [capture, '--follow', '--packets', path('x.pcapng')], /--follow waits for more/],
    ['an output that is an input', () => [capture, '--packets', capture], /is one of the inputs|input/],
    ['an output that is given twice', () => [capture, '-o', path('x.csv'), '--packets', path('x.csv')], /is given twice/],
    ['several meters', () => [capture, '--meters', '2', '--packets', path('x.pcapng')], /for meters/],
    ['a table without a format', () => [capture, '--packets-table', path('x.xyz')], /does not tell a format/],
    ['no name', () => [capture, '--packets', ''], /--packets takes the name of a file/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await nfstream(...args());
      expect(code).to.not.equal(0);
      expect(stderr).to.match(message);
      expect(existsSync(path('x.pcapng'))).to.equal(false);
    });
  }
});
