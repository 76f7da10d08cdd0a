import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameOfPart, partName } from '../../lib/files/sink/parts.js';
import { checkLeft, killCases, writeAndKill } from './killed.js';

describe('a process that is killed while it writes', () => {
  for (const killCase of killCases) {
    it(`leaves whole files under final names, and beginnings of files under those of parts: ${killCase.path}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'nfstream-killed-'));
      await writeAndKill(folder, killCase, 400);
      const { whole, parts, partBytes } = await checkLeft(folder, killCase);
      expect(parts).to.be.at.most(1);
      if (killCase.options.rotate === undefined)
        expect(partBytes)
          .to.be.above(0)
          .and.to.satisfy(() => whole === 0);
      rmSync(folder, { recursive: true });
    });
  }

  it('keeps the output that existed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfstream-killed-'));
    writeFileSync(join(folder, 'f.csv'), 'old');
    await writeAndKill(folder, { path: 'f.csv', options: {} }, 50);
    expect(readFileSync(join(folder, 'f.csv'), 'utf8')).to.equal('old');
    rmSync(folder, { recursive: true });
  });
});

describe('names of parts', () => {
  for (const name of ['f.csv', 'a b.arrows', '.hidden.json', 'two\nlines.csv', 'f.csv.12-3.part']) {
    it(`tell the name ${JSON.stringify(name)}`, () => {
      expect(nameOfPart(partName(name, 7))).to.equal(name);
    });
  }

  for (const name of ['f.csv', '.f.csv', 'f.csv.1-1.part', '.f.csv.part', '.1-1.part']) {
    it(`are not ${name}`, () => {
      expect(nameOfPart(name)).to.equal(null);
    });
  }
});
