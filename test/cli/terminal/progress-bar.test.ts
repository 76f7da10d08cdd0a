import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { showProgress, type Position } from '../../../lib/cli/terminal/progress-bar.js';
import { until } from '../../waiting.js';

/** A terminal beside a run that stands at one position. */
function standingAt(position: Position): { text(): string; hide(): void } {
  let text = '';
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  terminal.on('data', (piece: Buffer) => (text += piece.toString()));
  return { text: () => text, hide: showProgress(terminal, () => position) };
}

describe('the progress bar', () => {
  it('is there when a run takes longer than a second, and goes away', async () => {
    const began = performance.now();
    const run = standingAt({ bytesRead: 25, bytesTotal: 100, packets: 12_345 });
    await until(() => run.text().includes('left'));
    const seconds = (performance.now() - began) / 1000;
    expect(seconds).to.be.at.least(1);
    const bar = run.text();
    expect(bar).to.match(/#+-+ 25% {2}25 B of 100 B {2}12,345 packets {2}[\d,]+ packets\/s {2}\d+\.00 s left/);
    // Three times what the first quarter took.
    expect(Number(/(\d+)\.00 s left/.exec(bar)![1])).to.be.within(3, Math.round(3 * seconds));
    run.hide();
    await until(() => run.text().length > bar.length);
    expect(run.text().slice(bar.lastIndexOf('left'))).to.match(/\x1b\[0?K|\x1b\[2?K/);
  });

  it('is not there where the size is not known', async () => {
    const run = standingAt({ bytesRead: 25, bytesTotal: 0, packets: 1 });
    await pause(1500);
    run.hide();
    expect(run.text()).to.equal('');
  });

  it('tells flows where there are no packets', async () => {
    const run = standingAt({ bytesRead: 50, bytesTotal: 100, flows: 7 });
    await until(() => run.text().includes('left'));
    run.hide();
    expect(run.text()).to.match(/ 50% {2}50 B of 100 B {2}7 flows {2}\d+ flows\/s {2}/);
  });

  it('is not there where the output is no terminal', async () => {
    let text = '';
    const pipe = new PassThrough().on('data', (piece: Buffer) => (text += piece.toString()));
    const hide = showProgress(pipe, () => ({ bytesRead: 50, bytesTotal: 100 }));
    await pause(1500);
    hide();
    expect(text).to.equal('');
  });

  it('never goes beyond its end', async () => {
    const run = standingAt({ bytesRead: 200, bytesTotal: 100, packets: 1 });
    await until(() => run.text().includes('%'));
    run.hide();
    expect(run.text()).to.include(' 100% ').and.not.to.include('200%');
  });
});
