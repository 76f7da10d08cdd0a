#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { codeFile, compile, keepCode } from './code-cache.js';
import { anyWork, workOf } from './work.js';

// What the command begins with once it is built: all the rest is one script, which is compiled once and not in every run.
const path = join(__dirname, '../command.cjs');
const bytes = readFileSync(path);
const work = workOf(process.argv.slice(2));
const file = codeFile(bytes, work ?? anyWork, process.env);
const { script, taken } = compile(bytes, path, file);
if (file !== null && work !== null && !taken) {
  process.once('exit', (code) => {
    if (code === 0) keepCode(file, script);
  });
}
const module = { exports: {} };
(script.runInThisContext() as (...args: unknown[]) => void)(module.exports, createRequire(path), module, path, dirname(path));
