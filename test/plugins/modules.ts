import { fileURLToPath, pathToFileURL } from 'node:url';
import { runnable } from '../program.js';

const url = async (name: string): Promise<URL> => pathToFileURL(await runnable(fileURLToPath(new URL(`modules/${name}.ts`, import.meta.url))));

/** Modules of plugins, as a thread imports them. */
export const modules = { ends: await url('ends'), fails: await url('fails'), nothing: await url('nothing'), usual: await url('usual') };
