import { expect } from 'chai';
import { ndpiText } from '../../../lib/cli/native/version.js';

describe('what --version says about nDPI', () => {
  const old = (release: string): string => `${release} (old: before 4.10 it knows far fewer applications; see docs/ndpi.md)`;
  const cases: [release: string | null, text: string][] = [
    ['4.2.0', old('4.2.0')],
    ['4.8.0-4471-f8f5d9e', old('4.8.0-4471-f8f5d9e')],
    ['3.4.0', old('3.4.0')],
    ['4.10.0', '4.10.0'],
    ['4.11.0-4967-3b1286a', '4.11.0-4967-3b1286a'],
    ['5.0.0', '5.0.0'],
    ['10.1.0', '10.1.0'],
    ['next', 'next'],
    [null, 'not available (libndpi could not be loaded)'],
  ];
  for (const [release, text] of cases) it(`${release}: ${text}`, () => expect(ndpiText(release)).to.equal(text));
});
