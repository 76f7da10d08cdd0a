import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { tableFromIPC } from 'apache-arrow';
import { fieldsPage, optionsPage, pages, renewed } from '../docs/tables.js';
import { sparkOptions } from '../docs/spark-options.js';
import { workFolder } from './cli/made-capture.js';
import { programArgs } from './program.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(pages.readme, 'utf8');

describe('the documentation', () => {
  const renew = 'is out of date; run: npx tsx docs/tables.ts';

  it('has the first example in README.md as it is printed', async () => {
    expect(readme, `README.md ${renew}`).to.equal(await renewed(readme));
  });

  it('has every field in docs/fields.md', () => {
    expect(readFileSync(pages.fields, 'utf8'), `docs/fields.md ${renew}`).to.equal(fieldsPage());
  });

  it('has every option in docs/options.md', () => {
    expect(readFileSync(pages.options, 'utf8'), `docs/options.md ${renew}`).to.equal(optionsPage());
  });

  it('has the options of the Spark source', () => {
    expect(readFileSync(pages.sparkOptions, 'utf8'), `flags.json ${renew}`).to.equal(sparkOptions());
  });

  it('links only to files that exist', () => {
    const texts = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)].filter(
      (name) => name.endsWith('.md') && existsSync(`${root}${name}`),
    );
    for (const page of texts) {
      const from = new URL(page, pages.readme);
      for (const [, target] of readFileSync(from, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g))
        expect(existsSync(new URL(target!, from)), `${page}: ${target}`).to.equal(true);
    }
  });

  it('lists every page, by which the site has its sidebar', () => {
    const index = readFileSync(`${root}docs/README.md`, 'utf8');
    for (const name of readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.md') && each !== 'README.md'))
      expect(index, name).to.include(`](${name})`);
  });

  it('shows the filter as it is in its example', () => {
    const [, stage] = /(const withServerName = [\s\S]*?\n\}\);)/.exec(readme)!;
    expect(readFileSync(`${root}examples/filter.ts`, 'utf8')).to.include(stage);
  });
});

describe('the examples', () => {
  const { path, write } = workFolder();
  const office = `${root}fixtures/office.pcap`;

  async function example(name: string, ...args: string[]): Promise<string> {
    // The examples import the package by its name, which for sources is this tree's lib.
    const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.test.json` };
    const { stdout } = await run(process.execPath, [...(await programArgs(`${root}examples/${name}`)), ...args], { env, cwd: root, maxBuffer: 1 << 26 });
    return stdout;
  }

  const checks: Record<string, () => Promise<void>> = {
    'loop.ts': async () => {
      expect(await example('loop.ts', office)).to.match(/^[\d.]+ -> [\d.]+:443 TLS\.Google www\.google\.com$/m);
    },
    'pipeline.ts': async () => {
      const flows = Number(/^\d+ packets, (\d+) flows, \d+ bytes in .*flows\.arrow\n$/.exec(await example('pipeline.ts', office, path('flows.arrow')))![1]);
      expect(flows).to.be.above(50);
      expect(tableFromIPC(readFileSync(path('flows.arrow'))).numRows).to.equal(flows);
    },
    'filter.ts': async () => {
      const flows = (await example('filter.ts', office))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(flows).to.have.length.above(20);
      expect(Object.keys(flows[0]!)).to.deep.equal(['dst_ip', 'application_name', 'requested_server_name', 'bidirectional_bytes']);
      expect(flows.filter((flow) => flow['requested_server_name'] === '')).to.deep.equal([]);
    },
    'column.ts': async () => {
      await example('column.ts', office, path('shares.csv'));
      const [titles, ...rows] = readFileSync(path('shares.csv'), 'utf8').trim().split('\n');
      expect(titles).to.match(/,upload_share$/);
      for (const row of rows) expect(Number(/,([\d.]+)$/.exec(row)![1])).to.be.within(0, 1);
    },
    'anonymize.ts': async () => {
      writeFileSync(path('key'), Buffer.alloc(32, 1));
      expect(await example('anonymize.ts', office, path('%Y.csv'), path('key'))).to.match(/^\d+ flows in .*\/\d{4}\.csv\n$/);
      const text = readFileSync(path(readdirSync(path('.')).find((name) => /^\d{4}\.csv$/.test(name))!), 'utf8');
      expect(text.split('\n').length).to.be.above(50);
      expect(text).to.not.match(/192\.168\.1\.10|www\.google\.com/);
    },
    'convert.ts': async () => {
      await example('filter.ts', office).then((lines) => write('named.jsonl', lines));
      expect(await example('convert.ts', path('named.jsonl'), path('named.csv'), path('named.arrow'))).to.match(/^\d+ TLS\.Google$/m);
      expect(readFileSync(path('named.csv'), 'utf8')).to.match(/^dst_ip,application_name,requested_server_name,bidirectional_bytes\n/);
      expect(readFileSync(path('named.arrow')).toString('latin1', 0, 6)).to.equal('ARROW1');
    },
    'plugin.ts': async () => {
      await example('plugin.ts', office, path('plugin.csv'));
      const [titles, ...rows] = readFileSync(path('plugin.csv'), 'utf8').trim().split('\n');
      expect(titles).to.match(/,count_pkts_gt_666,first_large,first_large_after_ms$/);
      expect(rows.filter((row) => row.endsWith(',0,,0.0'))).to.have.length(145);
      expect(rows.filter((row) => /,1,6,[\d.]+$/.test(row))).to.have.length(43);
      expect(rows.filter((row) => /,[1-9]\d*,\d+,[\d.]+$/.test(row))).to.have.length(49);
    },
    'stream.ts': async () => {
      expect(await example('stream.ts', `${root}fixtures/dns.pcap.gz`)).to.match(/^\d+ DNS/m);
    },
  };

  for (const name of readdirSync(`${root}examples`).filter((each) => each.endsWith('.ts'))) {
    it(`${name} does what it says`, async () => {
      expect(Object.keys(checks)).to.include(name);
      await checks[name]!();
    });

    it(`${name} says in one line what it needs when that is missing`, async () => {
      const refusal = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
        example(name, ...args).then(
          (stdout) => ({ code: 0, stdout, stderr: '' }),
          (error: unknown) => error as { code: number; stdout: string; stderr: string },
        );
      const { code, stdout, stderr } = await refusal();
      expect(stderr).to.match(new RegExp(`^Usage: npx tsx examples/${name} [^\\n]+\\n$`));
      expect([code, stdout]).to.deep.equal([2, '']);
      const [needed] = /( [A-Z]+(\.{3})?)+/.exec(stderr)!;
      for (let given = 1; given < needed.trim().split(' ').length; given++)
        expect(await refusal(...Array.from({ length: given }, () => office))).to.include({ code, stdout, stderr });
    });
  }
});
