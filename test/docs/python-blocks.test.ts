import { execFileSync } from 'node:child_process';
import { codeBlocks } from './code-blocks.js';

const compile = `
import ast, json, sys
for place, text in json.load(sys.stdin):
    try: ast.parse(text)
    except SyntaxError as error: sys.exit(f'{place}: {error}')`;

describe('Python of the documentation', () => {
  it('is Python; that of docs/dataframes.md is carried out by test/notebooks/check.ts', () => {
    const blocks = codeBlocks().filter(({ language }) => language === 'python');
    execFileSync('python3', ['-c', compile], { input: JSON.stringify(blocks.map(({ place, text }) => [place, text])) });
  });
});
