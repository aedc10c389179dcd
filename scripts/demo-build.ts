import { join, relative } from 'node:path';
import type { BuildOptions } from '../src/authoring/build.ts';

const policies = join(import.meta.dirname, '../policies');

/**
 * What the demo's bundle is built from: all of policies/, relative to where the command runs. The shop's decision stays the
 * default for callers that name no entrypoint; the other ones follow in the order of their files.
 */
export const DEMO_BUILD: BuildOptions = {
  sources: [relative(process.cwd(), policies)],
  base: relative(process.cwd(), policies),
  entrypoints: ['shop/authz/decision'],
};
