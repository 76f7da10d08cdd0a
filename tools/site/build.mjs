import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLinks } from './links.mjs';
import { writePages } from './pages.mjs';

// Makes the site in build/site: the pages of the tree, and the API from doc comments. A warning of TypeDoc and a link that leads nowhere are errors.

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const pages = join(here, 'pages');
const run = (name, ...args) => execFileSync(join(here, 'node_modules/.bin', name), args, { cwd: here, stdio: 'inherit' });

rmSync(pages, { recursive: true, force: true });
rmSync(join(root, 'build/site'), { recursive: true, force: true });
run('typedoc', '--options', 'typedoc.json', '--logLevel', 'Warn');
writePages(root, pages);
run('vitepress', 'build', '.');
checkLinks(join(root, 'build/site'), process.env.NFSTREAM_SITE_BASE ?? '/');
