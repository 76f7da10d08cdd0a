import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { captureFile, findCaptures } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { openUnder, pcap, rejection, Scratch } from './build-capture.js';
import { asOrdinaryUser } from '../ordinary-user.js';

describe('findCaptures', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  let folders = 0;
  /** A new folder with these files, each of one packet. */
  const folder = (...names: string[]): string => {
    const name = `folder${folders++}`;
    mkdirSync(scratch.path(name));
    for (const file of names) scratch.write(`${name}/${file}`, pcap(1));
    return scratch.path(name);
  };
  const namesIn = async (directory: string): Promise<string[]> => (await findCaptures(directory)).map(({ path }) => path.slice(directory.length + 1));

  const cases: [what: string, files: string[], found: string[]][] = [
    ['sorts as people do', ['file10.pcap', 'file2.pcap', 'file1.pcap'], ['file1.pcap', 'file2.pcap', 'file10.pcap']],
    ['sorts numbers that are written in several ways the same way every time', ['a01.pcap', 'a1.pcap', 'a001.pcap'], ['a001.pcap', 'a01.pcap', 'a1.pcap']],
    [
      'takes every ending of a capture, in any case',
      ['a.pcap', 'b.PCAPNG', 'c.cap', 'd.pcap.gz', 'e.pcapng.ZST', 'f.Cap.gz'],
      ['a.pcap', 'b.PCAPNG', 'c.cap', 'd.pcap.gz', 'e.pcapng.ZST', 'f.Cap.gz'],
    ],
    ['takes what tcpdump -C numbers', ['x.pcap', 'x.pcap10', 'x.pcap2'], ['x.pcap', 'x.pcap2', 'x.pcap10']],
    ['leaves out what has another name', ['labels.csv', 'a.pcap', 'notes.txt', 'pcap', 'b.pcap.bak', 'c.gz'], ['a.pcap']],
    ['leaves out hidden files and our own parts', ['.hidden.pcap', '.a.pcap.123-0.part', 'a.pcap'], ['a.pcap']],
  ];
  for (const [what, files, found] of cases) {
    it(what, async () => {
      expect(await namesIn(folder(...files))).to.deep.equal(found);
    });
  }

  it('looks at regular files and links to them, not into folders', async () => {
    const directory = folder('a.pcap');
    mkdirSync(`${directory}/below.pcap`);
    scratch.write(`${directory.slice(scratch.folder.length + 1)}/below.pcap/inner.pcap`, pcap(1));
    execFileSync('mkfifo', [`${directory}/fifo.pcap`]);
    symlinkSync(`${directory}/a.pcap`, `${directory}/link.pcap`);
    symlinkSync(`${directory}/nowhere`, `${directory}/lost.pcap`);
    expect(await namesIn(directory)).to.deep.equal(['a.pcap', 'link.pcap', 'lost.pcap']);
  });

  it('keeps the order of what is given, and gives sizes', async () => {
    const [one, two] = [folder('b.pcap', 'a.pcap'), folder('c.pcap')];
    const size = pcap(1).length;
    const missing = scratch.path('missing.pcap');
    expect(await findCaptures([two, missing, one, `${one}/a.pcap`])).to.deep.equal([
      { path: `${two}/c.pcap`, bytes: size },
      { path: missing, bytes: 0 },
      { path: `${one}/a.pcap`, bytes: size },
      { path: `${one}/b.pcap`, bytes: size },
      { path: `${one}/a.pcap`, bytes: size },
    ]);
    expect((await findCaptures('/dev/null'))[0]!.bytes).to.deep.equal(NaN);
  });

  it('refuses a directory without a capture', async () => {
    const empty = folder('labels.csv');
    const error = await rejection(findCaptures([folder('a.pcap'), empty]));
    expect(error).to.be.instanceOf(FlowError).and.to.include({ code: 'ERR_NFSTREAM_NO_CAPTURES', file: empty });
    expect(error.message).to.include(empty).and.to.include('*.pcapng');
    const source = captureFile(empty);
    expect(await rejection(source.toArray())).to.include({ code: 'ERR_NFSTREAM_NO_CAPTURES' });
    expect(source.destroyed).to.equal(true);
  });

  it('says when a directory may not be read', async () => {
    const directory = folder('a.pcap');
    chmodSync(directory, 0o311);
    chmodSync(scratch.folder, 0o755);
    expect(await asOrdinaryUser(() => rejection(findCaptures(directory)))).to.include({ code: 'ERR_NFSTREAM_PERMISSION', file: directory });
    chmodSync(directory, 0o755);
  });

  it('is what captureFile reads', async () => {
    const directory = folder('two.pcap', 'one.pcap');
    const files: (string | null)[] = [];
    const source = captureFile(directory);
    for await (const batch of source) files.push(batch.file);
    expect(files).to.deep.equal([`${directory}/one.pcap`, `${directory}/two.pcap`]);
    expect(source.report()).to.include({ files: 2, packets: 2, bytesTotal: 2 * pcap(1).length });
    expect(openUnder(directory)).to.deep.equal([]);
  });
});
