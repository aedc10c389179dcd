/** Commands that take the sources of policies in the place of a bundle. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { compilePlan, describePlan } from '../authoring/compile-plan.ts';
import { readSources } from '../authoring/sources.ts';
import { mergeData } from '../bundle/data.ts';
import { PortcullisError } from '../errors.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import { findOpa, sourcesOf } from './build.ts';
import { collect } from './config-options.ts';
import type { CliIo } from './io.ts';
import type { VerificationOptions } from './verification-options.ts';

export interface PolicyOptions extends VerificationOptions {
  readonly bundle: readonly string[];
  readonly unsigned?: boolean;
  readonly policies: readonly string[];
  readonly base?: string;
  readonly entrypoint?: string;
}

/** Adds `--policies` and `--base`. */
export function withPolicyOptions(command: Command): Command {
  return command
    .option(
      '--policies <path>',
      'sources instead of a bundle: a folder or file; compiled here to a plan that keeps print; may be repeated',
      collect,
      [],
    )
    .option(
      '--base <folder>',
      'with --policies: paths in the bundle are relative to this folder (default: to each path)',
    );
}

/** Whether sources are asked, not a bundle. Throws PortcullisError `usage` unless it is exactly one of them. */
export function asksSources(options: PolicyOptions): boolean {
  const { bundle, policies, key, unsigned, base } = options;
  if (policies.length === 0) {
    if (base !== undefined) throw new PortcullisError('usage', '--base goes with --policies');
    if (bundle.length === 0) throw new PortcullisError('usage', 'give the bundle: --bundle <file>');
    return false;
  }
  if (bundle.length > 0) throw new PortcullisError('usage', 'give either --bundle or --policies');
  if (key.length > 0 || unsigned === true) {
    throw new PortcullisError('usage', '--key and --unsigned go with --bundle: sources carry no signature');
  }
  return true;
}

/**
 * Compiles the sources, with their print calls, for the plan evaluator alone; the entrypoint that is asked need not be
 * annotated. Throws PortcullisError `build_failed`, `opa_unavailable`, `io_failed`, `bundle_data_*`.
 */
export async function compileSources(io: CliIo, options: PolicyOptions): Promise<PolicySetDescriptor> {
  const opaPath = await findOpa(io);
  const asked = options.entrypoint === undefined ? [] : [options.entrypoint];
  const base = options.base === undefined ? {} : { base: options.base };
  const from = sourcesOf(io, options.policies, { ...base, entrypoint: asked });
  const sources = await readSources(from.sources, from.base);
  if (sources.rego.length === 0) {
    const folders = options.policies.map((path) => resolve(io.cwd, path)).join(', ');
    throw new PortcullisError('build_failed', `no policies in ${folders}`);
  }
  const data = mergeData(sources.data);
  return describePlan(await compilePlan(sources, asked, opaPath), sources, data);
}
