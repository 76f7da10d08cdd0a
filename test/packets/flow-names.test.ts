import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { FlowNames } from '../../lib/packets/flow-names.js';
import { nastyNames } from '../samples.js';

const values = { id: 7, dst_port: 443, requested_server_name: 'www.example.com', note: '', share: 0.5 };

function namesOf(pattern: string, rows: readonly Record<string, string | number | null>[] = [values]): string[] {
  const batch = FlowBatch.from(rows as Record<string, string | number>[]);
  const nameOf = new FlowNames(pattern).of(batch, batch.column('id'));
  return rows.map((_, row) => nameOf(row));
}

describe('names of files by flows', () => {
  const patterns: [pattern: string, name: string][] = [
    ['flows/{id}.pcapng', 'flows/7.pcapng'],
    ['{id}', '7'],
    ['/a//{id}{id}/b/', '/a//77/b/'],
    ['{requested_server_name}:{dst_port}', 'www.example.com:443'],
    ['{requestedServerName}', 'www.example.com'],
    ['100%%{id} %{id} {', '100%7 {id} {'],
    ['%%/%{/{id}', '%/{/7'],
    ['{note}/{id}', '-/7'],
    ['../{id}/..', '../7/..'],
  ];
  for (const [pattern, name] of patterns) it(`${pattern} is ${name}`, () => expect(namesOf(pattern)).to.deep.equal([name]));

  const hostile: [pattern: string, value: string, name: string][] = [
    ['a/{note}/b', '..', 'a/%2E%2E/b'],
    ['a/{note}', '.', 'a/%2E'],
    ['a/.{note}', '.', 'a/%2E%2E'],
    ['a/{note}', '../../etc/passwd', 'a/..%2F..%2Fetc%2Fpasswd'],
    ['a/{note}', '-', 'a/%2D'],
    ['a/{note}', '{id}%d', 'a/%7Bid}%25d'],
    ['a/{note}', 'nul\0\n"', 'a/nul%00%0A%22'],
  ];
  for (const [pattern, value, name] of hostile)
    it(`${pattern} of ${JSON.stringify(value)} is ${name}`, () => expect(namesOf(pattern, [{ ...values, note: value }])).to.deep.equal([name]));

  const wrong: [pattern: string, code: string][] = [
    ['flows.pcapng', 'ERR_NFSTREAM_OPTION_RANGE'],
    ['%{id}.pcapng', 'ERR_NFSTREAM_OPTION_RANGE'],
    ['{id}-%Y.pcapng', 'ERR_NFSTREAM_OPTION_RANGE'],
    ['{id}%', 'ERR_NFSTREAM_OPTION_RANGE'],
    ['{no_such}', 'ERR_NFSTREAM_COLUMN'],
    ['{}', 'ERR_NFSTREAM_COLUMN'],
    ['{share}', 'ERR_NFSTREAM_COLUMN'],
  ];
  for (const [pattern, code] of wrong)
    it(`${pattern} is refused`, () =>
      expect(() => namesOf(pattern))
        .to.throw()
        .with.property('code', code));

  it('keeps every name of a network inside the folder, apart from others, and short enough for a file system', () => {
    const root = mkdtempSync(join(tmpdir(), 'nfstream-names-'));
    const names = [...nastyNames, '.', '..', '...', '/', '\\', '-', '\u2025', 'x'.repeat(400), '漢'.repeat(400)].filter((name) => name !== '');
    for (const pattern of ['{note}', '{note}/{note}', 'a{note}b{note}c', `${'p'.repeat(200)}{note}{note}`]) {
      const made = namesOf(
        pattern,
        names.map((note, id) => ({ ...values, id, note })),
      );
      expect(new Set(made).size).to.equal(names.length);
      for (const name of made) {
        const path = join(root, pattern.length.toString(), name);
        expect(relative(join(root, pattern.length.toString()), path).split('/')).to.have.length(pattern.split('/').length);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, '');
      }
      expect(readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).to.have.length.at.least(made.length);
    }
    rmSync(root, { recursive: true });
  });
});
