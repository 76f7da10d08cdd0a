import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';

const closedByCollector: string[] = [];

// A FileHandle that nobody closed is closed by the garbage collector, which warns: first with a text alone, then as deprecated.
process.on('warning', (warning) => {
  if ((warning as { code?: string }).code === 'DEP0137' || /on garbage collection/.test(warning.message)) closedByCollector.push(warning.message);
});

/** Fails the suite for a descriptor that was left to the garbage collector, at the test behind which it was collected. */
export const mochaHooks = {
  afterEach(): void {
    expect(closedByCollector.splice(0)).to.deep.equal([]);
  },
  async afterAll(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      globalThis.gc!();
      await pause(20);
    }
    expect(closedByCollector.splice(0)).to.deep.equal([]);
  },
};
