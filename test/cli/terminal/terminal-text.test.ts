import { expect } from 'chai';
import { cut, displayWidth, fit } from '../../../lib/cli/terminal/terminal-text.js';
import { visible } from '../../../lib/text/visible-text.js';

describe('terminal text', () => {
  const shown: [what: string, text: string, expected: string][] = [
    ['plain text', 'www.example.com', 'www.example.com'],
    ['an escape sequence', '\x1b[2Jgone', '\\x1b[2Jgone'],
    ['newline, tab, NUL and DEL', 'a\nb\tc\0d\x7f', 'a\\x0ab\\x09c\\x00d\\x7f'],
    ['a C1 control', 'a\x9b31mb', 'a\\x9b31mb'],
    ['a right-to-left override', 'exe\u202egpj', 'exe\\u202egpj'],
    ['an isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero-width characters', 'pay\u200bpal\ufeff', 'pay\\u200bpal\\ufeff'],
    ['line separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['a tag character', 'a\u{e0041}', 'a\\u{e0041}'],
    ['a variation selector', 'a\ufe0f', 'a\\ufe0f'],
    ['a fraction of a pair', 'a\ud800b', 'a\\ud800b'],
    ['private use', '\ue000', '\\ue000'],
    ['letters of any script', 'bücher.日本.рф', 'bücher.日本.рф'],
    ['the replacement character', 'a\ufffd', 'a\ufffd'],
  ];
  for (const [what, text, expected] of shown) {
    it(`shows ${what}`, () => {
      expect(visible(text)).to.equal(expected);
    });
  }

  const widths: [text: string, width: number][] = [
    ['', 0],
    ['abc', 3],
    ['bücher', 6],
    ['e\u0301', 1],
    ['日本', 4],
    ['한국', 4],
    ['ｆｕｌｌ', 8],
    ['ﾊﾝｶｸ', 4],
    ['😀', 2],
    ['🇩🇪', 2],
    ['𠀀', 2],
    ['…', 1],
  ];
  for (const [text, width] of widths) {
    it(`counts ${JSON.stringify(text)} as ${width} cells`, () => {
      expect(displayWidth(text)).to.equal(width);
    });
  }

  it('cuts what is too long, and never half a wide character', () => {
    expect(cut('abcdef', 6)).to.equal('abcdef');
    expect(cut('abcdef', 5)).to.equal('abcd…');
    expect(cut('日本語', 5)).to.equal('日本…');
    expect(cut('日本語', 4)).to.equal('日…');
    expect(cut('abc', 1)).to.equal('…');
    expect(cut('abc', 0)).to.equal('');
  });

  it('fits to an exact width on either side', () => {
    expect(fit('ab', 4)).to.equal('ab  ');
    expect(fit('ab', 4, 'right')).to.equal('  ab');
    expect(fit('日本語', 4)).to.equal('日… ');
    expect(fit('日', 3, 'right')).to.equal(' 日');
  });
});
