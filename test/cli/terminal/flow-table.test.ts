import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { FlowBatch } from '../../../lib/flows/flow-batch.js';
import { FlowTable, layoutTable, tableHeader, tableRow } from '../../../lib/cli/terminal/flow-table.js';
import { displayWidth } from '../../../lib/cli/terminal/terminal-text.js';
import { FlowError } from '../../../lib/errors.js';

const row = {
  src_ip: '192.168.1.10',
  src_port: 51234,
  dst_ip: '142.250.74.196',
  dst_port: 443,
  protocol: 6,
  application_name: 'TLS.Google',
  requested_server_name: 'www.google.com',
  bidirectional_packets: 12,
  bidirectional_bytes: 3456,
  bidirectional_duration_ms: 1234,
  end_reason: 'idle',
};

function lines(width: number, ...rows: Record<string, unknown>[]): string[] {
  const batch = FlowBatch.from(rows);
  const layout = layoutTable(batch.schema, width);
  return (tableHeader(layout) + [...batch].map((flow) => tableRow(layout, flow)).join('')).split('\n').slice(0, -1);
}

async function printed(width: number, batches: FlowBatch[]): Promise<string> {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      text += chunk.toString();
      callback();
    },
  });
  await pipeline(Readable.from(batches), new FlowTable(width), sink);
  return text;
}

describe('the table', () => {
  it('has one line a flow on a wide terminal', () => {
    expect(lines(130, row)).to.deep.equal([
      'SOURCE -> DESTINATION                          PROTO   APPLICATION        SERVER NAME           PACKETS   BYTES DURATION  END',
      '192.168.1.10:51234 -> 142.250.74.196:443       TCP     TLS.Google         www.google.com             12  3.5 kB   1.23 s  idle',
    ]);
  });

  it('has two lines a flow on a narrow one, with nothing left out', () => {
    expect(lines(80, row)).to.deep.equal([
      'SOURCE -> DESTINATION                           PROTO   APPLICATION',
      '  SERVER NAME                                 PACKETS   BYTES DURATION  END',
      '192.168.1.10:51234 -> 142.250.74.196:443        TCP     TLS.Google',
      '  www.google.com                                   12  3.5 kB   1.23 s  idle',
    ]);
  });

  const long = {
    ...row,
    src_ip: '2001:db8:1234:5678:9abc:def0:1234:5678',
    dst_ip: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    requested_server_name: '日本'.repeat(100),
    application_name: 'x'.repeat(90),
    bidirectional_packets: 2 ** 52,
    end_reason: 'capacity',
  };
  for (const width of [1, 64, 79, 80, 100, 110, 111, 120, 200, 500]) {
    it(`stays within ${width} columns`, () => {
      for (const line of lines(width, row, long)) expect(displayWidth(line)).to.be.at.most(Math.max(64, width));
    });
  }

  it('keeps the ports of addresses that it has to cut, and gives a short end the room of the other', () => {
    expect(lines(80, long)[2]).to.match(/^\[2001:db8:1234….*\]:51234 -> |^\[2001:db8.*…\]:51234 -> \[2001:db8.*…\]:443 /);
    expect(lines(80, { ...long, dst_ip: '::1' })[2]).to.match(/^\[2001:db8:1234:5678:9abc:.*…\]:51234 -> \[::1\]:443 /);
  });

  it('has no ports where the protocol has none, and names of common protocols', () => {
    expect(lines(130, { ...row, protocol: 1, src_port: 0, dst_port: 0 })[1]).to.match(/^192\.168\.1\.10 -> 142\.250\.74\.196 +ICMP /);
    expect(lines(130, { ...row, protocol: 253, src_port: 0, dst_port: 0 })[1]).to.match(/ 253 /);
  });

  it('leaves out columns that the run does not have', () => {
    const { application_name: _, requested_server_name: __, end_reason: ___, ...bare } = row;
    expect(lines(80, bare)).to.deep.equal([
      'SOURCE -> DESTINATION                           PROTO  PACKETS   BYTES DURATION',
      '192.168.1.10:51234 -> 142.250.74.196:443        TCP         12  3.5 kB   1.23 s',
    ]);
  });

  it('never gives the terminal a control character of the network', async () => {
    const text = await printed(200, [FlowBatch.from([{ ...row, requested_server_name: '\x1b]0;title\x07\r\n\u202e', application_name: 'a\x9b2J' }])]);
    expect(text).to.include('\\x1b]0;title\\x07\\x0d\\x0a\\u202e').and.to.include('a\\x9b2J');
    expect(text.replace(/\n/g, '')).not.to.match(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });

  it('prints its titles once, for no flows too, and every flow in order', async () => {
    const many = FlowBatch.from(Array.from({ length: 1300 }, (_, i) => ({ ...row, src_port: i + 1 })));
    const text = await printed(130, [many.slice(0, 0), many, many.slice(0, 0), many.slice(0, 3)]);
    const all = text.split('\n').slice(0, -1);
    expect(all.filter((line) => line.startsWith('SOURCE'))).to.have.length(1);
    expect(all.slice(1).map((line) => Number(/:(\d+) ->/.exec(line)![1]))).to.deep.equal([...Array.from({ length: 1300 }, (_, i) => i + 1), 1, 2, 3]);
    expect(await printed(130, [many.slice(0, 0)])).to.match(/^SOURCE [^\n]*\n$/);
  });

  it('refuses what is no batch', async () => {
    const failure = await printed(130, ['x' as unknown as FlowBatch]).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_BATCH_TYPE');
  });
});
