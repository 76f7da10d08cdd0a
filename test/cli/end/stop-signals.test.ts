import { EventEmitter } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { onStopSignals } from '../../../lib/cli/end/stop-signals.js';

describe('stop signals', () => {
  const cases: [sent: string[], calls: string[], exitCode: number | null][] = [
    [[], [], null],
    [['SIGINT'], ['stop'], 130],
    [['SIGTERM'], ['stop'], 143],
    [['SIGINT', 'SIGTERM'], ['stop', 'quit 143'], 143],
    [['SIGINT', 'SIGINT', 'SIGINT'], ['stop'], 130],
    [['SIGTERM', 'SIGTERM', 'SIGINT'], ['stop', 'quit 130'], 130],
    [['SIGINT', 'later', 'SIGINT', 'later', 'SIGINT'], ['stop', 'quit 130'], 130],
  ];
  for (const [sent, calls, exitCode] of cases) {
    it(`${sent.join(', ') || 'no signal'}: ${calls.join(', ') || 'nothing'}`, async () => {
      const emitter = new EventEmitter();
      const called: string[] = [];
      const signals = onStopSignals({ signals: emitter, quit: (code) => called.push(`quit ${code}`) }, () => called.push('stop'));
      for (const signal of sent) {
        if (signal === 'later') await setTimeout(250);
        else emitter.emit(signal);
      }
      expect(called).to.deep.equal(calls);
      expect(signals.exitCode()).to.equal(exitCode);
      signals.release();
      expect(emitter.eventNames()).to.deep.equal([]);
    });
  }
});
