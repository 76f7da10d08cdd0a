import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { parseExpression } from '../../lib/expressions/parse.js';
import type { Node } from '../../lib/expressions/syntax.js';

const parse = (text: string): Node => parseExpression({ what: 'where', text });

/** An expression with all its parentheses, as it was understood. */
function shape(node: Node): string {
  switch (node.kind) {
    case 'number':
      return typeof node.value === 'bigint' ? `${node.value}n` : String(node.value);
    case 'text':
      return JSON.stringify(node.value);
    case 'boolean':
      return String(node.value);
    case 'null':
      return 'null';
    case 'name':
      return node.name;
    case 'call':
      return `${node.name}(${node.args.map(shape).join(', ')}${node.where === null ? '' : ` where ${shape(node.where)}`})`;
    case 'not':
    case 'minus':
      return `(${node.kind} ${shape(node.operand)})`;
    case 'logic':
      return `(${node.operands.map(shape).join(` ${node.operator} `)})`;
    case 'arithmetic':
    case 'comparison':
      return `(${shape(node.left)} ${node.operator} ${shape(node.right)})`;
    case 'in':
      return `(${shape(node.left)} ${node.negated ? 'not in' : 'in'} [${node.items.map(shape).join(', ')}])`;
  }
}

const understood: [text: string, as: string][] = [
  ['a', 'a'],
  ['a == 1', '(a == 1)'],
  ['a == 1 and b != 2 or c < 3', '(((a == 1) and (b != 2)) or (c < 3))'],
  ['a or b and c', '(a or (b and c))'],
  ['a || b && !c', '(a or (b and (not c)))'],
  ['not a == 1', '(not (a == 1))'],
  ['!a == b', '((not a) == b)'],
  ['not not a', '(not (not a))'],
  ['a and b and c', '(a and b and c)'],
  ['1 + 2 * 3 - 4', '((1 + (2 * 3)) - 4)'],
  ['10 / 4 % 3', '((10 / 4) % 3)'],
  ['(1 + 2) * 3', '((1 + 2) * 3)'],
  ['-a + -5 - - 5', '(((minus a) + -5) - -5)'],
  ['a in [1, -2, 3.5]', '(a in [1, -2, 3.5])'],
  ['a not in ["x", \'y\']', '(a not in ["x", "y"])'],
  ['a in [1] and b', '((a in [1]) and b)'],
  ['contains(lower(a), "x")', 'contains(lower(a), "x")'],
  ['contains(")", "where")', 'contains(")", "where")'],
  ['count()', 'count()'],
  ['count(where a > 1)', 'count( where (a > 1))'],
  ['sum(packet.size where packet.direction == 1)', 'sum(packet.size where (packet.direction == 1))'],
  ['udps.first666 > 1', '(udps.first666 > 1)'],
  ['`an odd name` == `and`', '(an odd name == and)'],
  ['größe > 1', '(größe > 1)'],
  ['"say \\"hi\\"\\\\\\n\\t" == \'it\\\'s\'', '("say \\"hi\\"\\\\\\n\\t" == "it\'s")'],
  ['9007199254740991', '9007199254740991'],
  ['9007199254740993', '9007199254740993n'],
  ['-9223372036854775808', '-9223372036854775808n'],
  ['1.5e3', '1500'],
  ['a==null', '(a == null)'],
  ['true != false', '(true != false)'],
  ['\n a\t== \r\n 1 ', '(a == 1)'],
];

const refused: [text: string, message: RegExp][] = [
  ['', /^where, column 1: an expression is expected here, as in bidirectional_packets > 10\.$/],
  ['   ', /^where, column 4: an expression is expected here/],
  ['a = 1', /^where, column 3: "=" is not known here; write == to compare\.$/],
  ['a & b', /^where, column 3: "&" is not known here; write && or and\.$/],
  ['a == “x”', /column 6: "“" is not known here; a text stands between straight quotes/],
  ['a AND b', /^where, column 3: expected the end, or an operator such as and, but found "AND"; and is written in small letters\.$/],
  ['a b', /^where, column 3: expected the end, or an operator such as and, but found "b"\.$/],
  ['a ==', /^where, column 5: expected a column, a number or a text in quotes, but found the end\.$/],
  ['a <> 1', /^where, column 4: expected a column, a number or a text in quotes, but found ">"\.$/],
  ['(a', /^where, column 3: expected "\)", but found the end\.$/],
  ['a)', /^where, column 2: expected the end/],
  ['1 < a < 5', /^where, column 7: comparisons make no chain; join two of them with and\.$/],
  ['src_ip == 10.0.0.1', /^where, column 11: this is no number; an address, or another text, stands between quotes\.$/],
  ['a > 10ms', /^where, column 5: this is no number/],
  ['a > 1e999', /^where, column 5: this number is too large\.$/],
  [`a > ${'9'.repeat(41)}`, /^where, column 5: this number is too large\.$/],
  ['a == "x', /^where, column 6: the text that begins here has no closing "\.$/],
  ['a == "x\\', /^where, column 8: a \\ in a text stands before/],
  ['a == "\\x41"', /^where, column 7: a \\ in a text stands before/],
  ['`a', /^where, column 1: the name that begins here has no closing `\.$/],
  ['a in []', /^where, column 7: expected a number or a text in quotes, but found "]"\.$/],
  ['a in [b]', /^where, column 7: expected a number or a text in quotes, but found "b"\.$/],
  ['a in [-"b"]', /^where, column 8: expected a number or a text/],
  ['a in [1, "b"]', /^where, column 10: a list holds numbers or texts, not both\.$/],
  ['a in 1', /^where, column 6: expected "\[", but found "1"\.$/],
  ['f(a,)', /^where, column 5: expected a column/],
  ['a; b', /^where, column 2: ";" is not known here\.$/],
  ['a[0]', /^where, column 2: expected the end/],
  ['a == "🦆🦆" ?', /^where, column 11: "\?" is not known here\.$/],
  ['\u{1f986}', /^where, column 1: "🦆" is not known here\.$/],
  [`${'('.repeat(101)}a${')'.repeat(101)}`, /^where, column 102: this stands more than 100 deep/],
  [`${'!'.repeat(60_000)}a`, /^where, column 102: this stands more than 100 deep/],
  [`${'not '.repeat(15_000)}a`, /column 405: this stands more than 100 deep/],
  [`${'-'.repeat(60_000)}a`, /this stands more than 100 deep/],
  ['('.repeat(60_000), /this stands more than 100 deep/],
  ['f('.repeat(30_000), /this stands more than 100 deep/],
  [`a${' + a'.repeat(10_000)} > 1`, /this stands more than 100 deep/],
  ['x'.repeat(65_537), /^where, column 65537: an expression has at most 65536 characters, but this one has 65537\.$/],
];

describe('expressions', () => {
  for (const [text, as] of understood) {
    it(`understands ${JSON.stringify(text)}`, () => expect(shape(parse(text))).to.equal(as));
  }

  for (const [text, message] of refused) {
    it(`refuses ${text.slice(0, 40)}`, () =>
      expect(() => parse(text))
        .to.throw(FlowError, message)
        .with.property('code', 'ERR_NFSTREAM_EXPRESSION'));
  }

  it('takes ten thousand conditions, and a list of five thousand addresses', () => {
    expect(shape(parse(`a${' and a'.repeat(10_000)}`)).split(' and ')).to.have.length(10_001);
    expect(parse(`a in [${Array.from({ length: 5_000 }, (_, n) => `"a${n}"`).join()}]`))
      .to.have.property('items')
      .with.length(5_000);
  });
});
