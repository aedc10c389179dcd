import { readFileSync } from 'node:fs';

/** The version of this package. The path is the same from `src/config` and from `dist/config`. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
