#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { codeFile, compile, keepCode } from './code-cache.js';
import { anyWork, workOf } from './work.js';

// What the command begins with once it is built: all the rest is one script, which is compiled once and not in every run, and so is apache-arrow.

const path = join(__dirname, '../command.cjs');
const ownRequire = createRequire(path);
let arrow: unknown;

/** What is around a CommonJS module; the command has it in its file, so that its text is not copied to be put there. */
const around = ['(function (exports, require, module, __filename, __dirname) {', '\n})'];

function run(path: string, [before = '', behind = '']: readonly string[], work: string | null, require: (name: string) => unknown): unknown {
  const bytes = readFileSync(path); // one byte a character
  const file = codeFile(bytes, work ?? anyWork, process.env);
  const text = bytes.toString('latin1');
  const { script, taken } = compile(before === '' ? text : before + text + behind, path, file);
  if (file !== null && work !== null && !taken) {
    process.once('exit', (code) => {
      if (code === 0) keepCode(file, script);
    });
  }
  const module = { exports: {} };
  (script.runInThisContext() as (...args: unknown[]) => void)(module.exports, require, module, path, dirname(path));
  return module.exports;
}

run(path, [], workOf(process.argv.slice(2)), (name) => {
  if (name !== './own-arrow.cjs') return ownRequire(name);
  return (arrow ??= run(join(__dirname, '../own-arrow.cjs'), around, 'arrow', ownRequire));
});
