import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { aggregate } from '../../lib/aggregate/aggregate.js';
import { rightsWarning } from '../../lib/aggregate/processes.js';
import { captureFile } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { PacketBatch, Streamer } from '../../lib/index.js';
import { rejection } from '../capture/build-capture.js';
import { programArgs } from '../program.js';
import { needsNamespaces } from './rights.js';
import type { Output } from './programs/processes-program.js';

const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

describe('processes: the process of a flow', () => {
  describe('in a network of its own', () => {
    let output: Output;
    before(async function () {
      this.timeout(60_000);
      needsNamespaces(this);
      const program = fileURLToPath(new URL('programs/processes-program.ts', import.meta.url));
      const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, ...(await programArgs(program))]);
      output = JSON.parse(stdout) as Output;
    });

    const standing = [
      ...['TCP', 'TCP of IPv6', 'TCP, IPv4 mapped', 'UDP', 'UDP, connected', 'UDP, IPv4 mapped', 'UDP of a hostile name'],
      ...['a TCP server', 'a UDP server', 'a server of IPv6', 'metered packet by packet', 'other machines'],
    ];
    for (const what of standing) {
      it(`is told: ${what}`, () => {
        const { expected, flows } = output[what]!;
        expect(flows.length).to.be.greaterThan(0);
        expect(flows).to.deep.equal(flows.map(() => ({ pid: expected.pid, name: expected.name })));
      });
    }

    it('has the name that it gave itself, whatever that is', () => {
      expect(output['UDP of a hostile name']!.expected.name).to.equal('x) R (\n"');
      expect(output['TCP']!.expected.name).to.equal('node');
    });

    it('is told for a socket that was there for 150 ms', () => {
      const rounds = [1, 2, 3].map((round) => output[`150 ms, ${round}`]!);
      const right = rounds.filter(({ expected, flows }) => flows.some(({ pid, name }) => pid === expected.pid && name === expected.name));
      expect(right.length).to.be.greaterThan(0);
    });
  });

  const refused: [what: string, run: () => Promise<unknown>][] = [
    [
      'a capture',
      () =>
        captureFile(office)
          .pipe(aggregate({ processes: true, dissections: 0 }))
          .toArray(),
    ],
    ['a Streamer of a capture', () => new Streamer({ source: office, processes: true, dissections: 0 }).toTable()],
    [
      'packets from elsewhere',
      async () => {
        const stage = aggregate({ processes: true, dissections: 0 });
        stage.end(PacketBatch.from([]));
        return stage.toArray();
      },
    ],
  ];
  for (const [what, run] of refused) {
    it(`is refused for ${what}`, async () => {
      const error = (await rejection(run())) as FlowError;
      expect(error).to.be.instanceOf(FlowError);
      expect(error.code).to.equal('ERR_NFSTREAM_OPTION_RANGE');
      expect(error.message).to.match(/^processes finds the processes of this machine .* for network devices/);
    });
  }

  const rights: [capabilities: string, missing: string | null][] = [
    ['000001ffffffffff', null],
    ['0000000000080004', null],
    ['0000000000080002', null],
    ['0000000000080000', 'CAP_DAC_READ_SEARCH'],
    ['0000000000000004', 'CAP_SYS_PTRACE'],
    ['0000000000002000', 'CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH'],
    ['0000000000000000', 'CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH'],
  ];
  for (const [capabilities, missing] of rights) {
    it(`with the capabilities ${capabilities} ${missing === null ? 'nothing is missing' : `says that ${missing} is missing`}`, () => {
      const status = `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${capabilities}\nCapBnd:\t000001ffffffffff\n`;
      if (missing === null) expect(rightsWarning(status)).to.equal(null);
      else expect(rightsWarning(status)).to.match(new RegExp(`^Without ${missing} only processes of this user are found;`));
    });
  }
});
