import { extname } from 'node:path';

// What was built is in one folder, however deep its sources are: only this file, which is its own module there, asks where it stands.

/** The folder of all modules: of the sources where they run as they are, else of what was built. */
export const modules = new URL('./', import.meta.url);

/** The package's own folder. */
export const root = new URL('../', import.meta.url);

/** What names of modules end with: `.ts` where the sources run as they are. */
export const moduleEnding = extname(import.meta.url);
