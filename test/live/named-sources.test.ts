import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { interfaces } from '../../lib/live/index.js';
import { namedSources } from '../../lib/live/named-sources.js';

describe('the names of sources', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-names-'));
  const before_ = process.cwd();
  before(() => {
    process.chdir(folder);
    for (const name of ['lo', 'office.pcap']) writeFileSync(name, '');
  });
  after(() => {
    process.chdir(before_);
    rmSync(folder, { recursive: true });
  });

  const cases: [names: string[], devices: string[] | null, notes: RegExp[]][] = [
    [['office.pcap'], null, []],
    [['-'], null, []],
    [['any'], ['any'], []],
    [['any,any'], ['any', 'any'], []],
    [['lo'], null, [/^lo is a file here, and a network device too; the file is read\.$/]],
    [['lo,any'], ['lo', 'any'], []],
    [['/nowhere/gone.pcap'], null, []],
    [['gone.xyz.pcapng'], null, []],
    [['office.pcap', 'zzzzzzz.gz'], null, []],
  ];
  for (const [names, devices, notes] of cases) {
    it(`${names.join(' ')} are ${devices === null ? 'files' : 'devices'}`, () => {
      const found = namedSources(names);
      expect(found.devices).to.deep.equal(devices);
      expect(found.notes).to.have.length(notes.length);
      notes.forEach((note, index) => expect(found.notes[index]).to.match(note));
    });
  }

  const mistakes: [names: string[], code: string, message: RegExp][] = [
    [['offise.pcap'], 'ERR_NFSTREAM_NO_SUCH_FILE', /^There is no file offise\.pcap, and no network device; did you mean the file office\.pcap\?$/],
    [['annny'], 'ERR_NFSTREAM_NO_SUCH_FILE', /did you mean the device any\?$/],
    [['lo,annny'], 'ERR_NFSTREAM_NO_SUCH_FILE', /did you mean the device any\?$/],
    [['nothinglikeit'], 'ERR_NFSTREAM_NO_SUCH_FILE', /^There is no file nothinglikeit, and no network device; devices are .*any\.$/],
    [['any', 'office.pcap'], 'ERR_NFSTREAM_OPTION_RANGE', /^any is a network device and office\.pcap is a file; give the ones or the others\.$/],
    [['any', 'x\u001b/gone.pcap'], 'ERR_NFSTREAM_NO_SUCH_FILE', /x\\x1b\/gone\.pcap/],
  ];
  for (const [names, code, message] of mistakes) {
    it(`refuses ${JSON.stringify(names)}`, () => {
      expect(() => namedSources(names))
        .to.throw(FlowError, message)
        .with.property('code', code);
    });
  }

  it('interfaces() lists the loopback and any', () => {
    const listed = interfaces();
    expect(listed.find(({ name }) => name === 'lo')).to.include({ loopback: true, mac: null });
    expect(listed.at(-1)).to.deep.equal({ name: 'any', addresses: [], mac: null, state: 'up', loopback: false });
  });
});
