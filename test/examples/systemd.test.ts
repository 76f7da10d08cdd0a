import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseCommandLine } from '../../lib/cli/command-line.js';

const unit = fileURLToPath(new URL('../../examples/systemd/nfstream@.service', import.meta.url));
const text = readFileSync(unit, 'utf8');

describe('the unit for systemd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-unit-'));
  after(() => rmSync(folder, { recursive: true }));

  it('asks for what the command understands', () => {
    const [, line] = /^ExecStart=\/usr\/bin\/nfstream (.*)$/m.exec(text)!;
    const args = line!.replaceAll('%i', 'eth0').replaceAll('%%', '%').split(' ');
    const parsed = parseCommandLine(args, 100);
    expect(parsed).to.have.nested.property('request.sources').deep.equal(['eth0']);
    expect(parsed).to.have.nested.property('request.output', '/var/lib/nfstream/eth0-%Y%m%d-%H%M%S-{n}.parquet');
    expect(parsed).to.have.nested.property('request.options.live.retry', true);
  });

  it('is one that systemd accepts, and lets it do little', function () {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
      console.log('      not tried: there is no systemd-analyze here');
      return this.skip();
    }
    const here = join(folder, 'nfstream@eth0.service');
    writeFileSync(here, text.replace('/usr/bin/nfstream', process.execPath)); // the program must be there
    const verified = spawnSync('systemd-analyze', ['verify', here], { encoding: 'utf8' });
    expect([verified.status, verified.stderr.split('\n').filter((line) => line.includes('nfstream@'))]).to.deep.equal([0, []]);
    const secure = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', here], { encoding: 'utf8' });
    expect(secure.status, secure.stdout.split('\n').slice(-3).join('')).to.equal(0);
  });
});
