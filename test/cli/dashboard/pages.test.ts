import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { Pages } from '../../../lib/cli/dashboard/pages.js';

/** A page that reads when it is told to. */
class FakePage extends EventEmitter {
  readonly socket = { setTimeout: () => {} };
  readonly told: string[] = [];
  writableNeedDrain = false;
  writableLength = 0;
  destroyed = false;
  write(text: string): boolean {
    this.told.push(text);
    return !this.writableNeedDrain;
  }
  end(text: string): this {
    this.told.push(text);
    this.emit('close');
    return this;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('pages that are open', () => {
  let now = 0;
  const pages = new Pages<string>(() => now);
  const event = (topic: string, first: boolean): string => `${topic} ${first ? 'first' : 'more'}`;
  const open = (topic: string): FakePage => {
    const page = new FakePage();
    pages.add(page as unknown as ServerResponse, topic);
    return page;
  };

  it('pass over one that does not read, tell it everything when it does again, and drop it after a while', () => {
    const [slow, quick] = [open('slow'), open('quick')];
    pages.tell(event);
    slow.writableNeedDrain = true;
    for (now = 1000; now <= 9000; now += 1000) pages.tell(event);
    expect(slow.told).to.deep.equal(['slow first']);
    slow.writableNeedDrain = false;
    pages.tell(event);
    expect(slow.told).to.deep.equal(['slow first', 'slow first']);
    slow.writableNeedDrain = true;
    for (let n = 0; n < 12; n++, now += 1000) pages.tell(event);
    expect(slow.destroyed).to.equal(true);
    expect(pages.size).to.equal(1);
    expect(quick.told).to.deep.equal(['quick first', ...Array<string>(22).fill('quick more')]);
    quick.destroy();
  });

  it('drop one at once that leaves too much waiting', () => {
    const page = open('large');
    page.writableNeedDrain = true;
    page.writableLength = (8 << 20) + 1;
    pages.tell(event);
    expect([page.destroyed, pages.size, page.told]).to.deep.equal([true, 0, []]);
  });

  it('are told the last event', async () => {
    const page = open('last');
    await pages.end('bye');
    expect(page.told).to.deep.equal(['bye']);
    expect(pages.size).to.equal(0);
  });
});
