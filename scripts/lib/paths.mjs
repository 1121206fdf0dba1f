import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, wherever a script was started from. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** What the scripts install for themselves: never committed, safe to delete. */
export const tools = path.join(root, '.tools');

export const inRoot = (...parts) => path.join(root, ...parts);
