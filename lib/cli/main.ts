#!/usr/bin/env node
import { command } from './command.js';

// The library's warnings are for programs: the command tells the same in its own words.
process.removeAllListeners('warning');
// A reader that goes away is seen where it is written to; these are for writes after that.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const { stdin, stdout, stderr, env } = process;
process.exitCode = await command(process.argv.slice(2), { stdin, stdout, stderr, env, signals: process });
