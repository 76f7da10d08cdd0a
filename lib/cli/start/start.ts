#!/usr/bin/env node
import { join } from 'node:path';
import { runScript } from './code-cache.js';

// What the command begins with once it is built: the rest of it is one script, which is compiled once and not in every run.
runScript(join(__dirname, '../command.cjs'), process.argv.slice(2));
