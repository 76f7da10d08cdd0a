import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hiveFolder } from '../../lib/files/hive-path.js';
import { nastyNames } from '../samples.js';

describe('folders of a Hive directory tree', () => {
  const folders: [value: string | null, folder: string][] = [
    ['TLS.Google', 'a=TLS.Google'],
    [null, 'a=__HIVE_DEFAULT_PARTITION__'],
    ['', 'a=__HIVE_DEFAULT_PARTITION__'],
    ['__HIVE_DEFAULT_PARTITION__', 'a=%5F_HIVE_DEFAULT_PARTITION__'],
    ['..', 'a=..'],
    ['../../etc/passwd', 'a=..%2F..%2Fetc%2Fpasswd'],
    ['100%=1', 'a=100%25%3D1'],
    ['nul\0 bell\x07 del\x7f', 'a=nul%00 bell%07 del%7F'],
    ['two\r\nlines', 'a=two%0D%0Alines'],
    ['"#\'*:?\\[]^{', 'a=%22%23%27%2A%3A%3F%5C%5B%5D%5E%7B'],
    ['ümläut 漢字 😀', 'a=ümläut 漢字 😀'],
    ['x'.repeat(253), `a=${'x'.repeat(253)}`],
  ];
  for (const [value, folder] of folders) {
    it(`${JSON.stringify(value)} is ${folder}`, () => {
      expect(hiveFolder('a', value)).to.equal(folder);
    });
  }

  it('cuts what is too long, between characters, and tells values apart', () => {
    const texts = ['x', '漢', '😀', '/', 'a/'].flatMap((text) => [
      `${text.repeat(300)}1`,
      `${text.repeat(300)}2`,
      `b${text.repeat(300)}`,
      `bc${text.repeat(300)}`,
    ]);
    const made = texts.map((text) => hiveFolder('name', text));
    expect(new Set(made).size).to.equal(texts.length);
    for (const folder of made) {
      expect(Buffer.byteLength(folder)).to.be.within(240, 255);
      expect(folder)
        .to.match(/^name=(?:[^%]|%[0-9A-F]{2})*~[0-9a-f]{16}$/)
        .and.to.not.include('\ufffd');
    }
  });

  it('gives a name that a file system takes, one folder deep, for every name of a network', () => {
    const root = mkdtempSync(join(tmpdir(), 'nfstream-hive-'));
    const made = nastyNames.map((name) => hiveFolder('../a', name));
    for (const folder of made) mkdirSync(join(root, folder));
    expect(readdirSync(root).sort()).to.deep.equal([...new Set(made)].sort());
    rmSync(root, { recursive: true });
  });
});
