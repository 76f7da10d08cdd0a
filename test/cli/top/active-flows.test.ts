import { expect } from 'chai';
import { ActiveFlows } from '../../../lib/cli/top/active-flows.js';
import { FlowBatch } from '../../../lib/index.js';

const batch = (rows: readonly (readonly [port: number, bytes: number])[]): FlowBatch =>
  FlowBatch.from(
    rows.map(([port, bytes]) => ({
      src_ip: '10.0.0.1',
      src_port: port,
      dst_ip: '10.0.0.2',
      dst_port: 53,
      protocol: 17,
      new_packets: bytes > 0 ? 1 : 0,
      new_bytes: bytes,
      bidirectional_first_seen_ms: 5,
    })),
  );

describe('the flows that are active', () => {
  const told = (flows: ActiveFlows): string[] =>
    flows.flows().map(({ flow, bytesPerSecond, history }) => `${/:(\d+) /.exec(flow.ends)![1]} ${bytesPerSecond} ${history.join()}`);

  it('have the bytes of each second, and the mean of three as their rate', () => {
    const flows = new ActiveFlows();
    flows.take(
      batch([
        [1, 300],
        [2, 0],
      ]),
    );
    flows.take(batch([[1, 300]]));
    flows.tick();
    expect(told(flows)).to.deep.equal(['1 200 600']);
    flows.take(
      batch([
        [1, 900],
        [3, 30],
      ]),
    );
    flows.tick();
    expect(told(flows)).to.deep.equal(['1 500 600,900', '3 10 30']);
    for (let n = 0; n < 4; n++) flows.tick();
    expect(told(flows)).to.deep.equal(['1 0 600,900,0,0,0,0', '3 0 30,0,0,0,0']);
    for (let n = 0; n < 7; n++) flows.tick();
    expect(told(flows)).to.deep.equal([]);
  });

  it('are bounded: of many in a second the largest are kept, and how many are left out is told', () => {
    const flows = new ActiveFlows();
    for (let second = 0; second < 5; second++) {
      flows.take(batch(Array.from({ length: 3000 }, (_, n) => [1 + second * 3000 + n, n + 1] as const)));
      flows.tick();
      expect(flows.counts).to.deep.equal({ active: 3000, left: second < 2 ? 1000 : second === 2 ? 2000 : 3000 });
    }
    expect(flows.flows()).to.have.length(5000);
    expect(Math.min(...flows.flows().map(({ history }) => Math.max(...history)))).to.equal(1001);
    for (let n = 0; n < 12; n++) flows.tick();
    expect([flows.flows(), flows.counts]).to.deep.equal([[], { active: 0, left: 0 }]);
  });
});
