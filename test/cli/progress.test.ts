import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { showProgress, type Position } from '../../lib/cli/progress.js';

/** What a terminal got while a run stood at this position for some time. */
async function shown(position: Position, ms: number): Promise<string> {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const hide = showProgress(terminal, () => position);
  await new Promise((resolve) => setTimeout(resolve, ms));
  hide();
  return String((terminal.read() as Buffer | null) ?? '');
}

describe('the progress bar', () => {
  it('is there when a run takes long, and goes away', async () => {
    const text = await shown({ bytesRead: 25, bytesTotal: 100, packets: 12_345 }, 1600);
    expect(text).to.match(/#+-+ 25% {2}12,345 packets {2}[34]\.00 s left/);
    expect(text.slice(text.lastIndexOf('packets'))).to.match(/\x1b\[0?K|\x1b\[2?K/);
  });

  it('is not there for a short run, nor where the size is not known', async () => {
    expect(await shown({ bytesRead: 25, bytesTotal: 100, packets: 1 }, 500)).to.equal('');
    expect(await shown({ bytesRead: 25, bytesTotal: 0, packets: 1 }, 1500)).to.equal('');
  });

  it('never goes beyond its end', async () => {
    expect(await shown({ bytesRead: 200, bytesTotal: 100, packets: 1 }, 1500)).to.include(' 100% ').and.not.to.include('200%');
  });
});
