import { Command } from 'commander';
import { z } from 'zod';
import { systemClock } from '../clock.ts';
import type { Outcome } from '../decision/decision.ts';
import { interpret } from '../decision/outcome.ts';
import { PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import { collect } from './config-options.ts';
import { DEFAULT_INPUT_LIMITS, INPUT_HELP, readInput } from './input.ts';
import { type CliIo, type Exit, paint, printLine, wantsJson } from './io.ts';
import { asksSources, compileSources, type PolicyOptions, withPolicyOptions } from './policy-sources.ts';
import { readVerification, withVerificationOptions } from './verification-options.ts';

interface EvalOptions extends PolicyOptions {
  readonly input?: string;
  readonly now?: string;
  readonly json?: boolean;
}

/** `eval` */
export function evalCommand(io: CliIo, exit: Exit): Command {
  const command = new Command('eval').option(
    '-b, --bundle <file>',
    'the bundle; repeated for a policy set of several',
    collect,
    [],
  );
  return withVerificationOptions(withPolicyOptions(command))
    .description('evaluate an entrypoint of a bundle or of sources here, without a server')
    .option('--unsigned', 'take the bundle without a signature')
    .option('-e, --entrypoint <path>', 'the entrypoint (default: the first that the bundle declares)')
    .option('-i, --input <document>', INPUT_HELP)
    .option('--now <time>', 'the time that the policy sees: RFC 3339, or milliseconds since 1970')
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .addHelpText(
      'after',
      '\nExits with 1 when the value is undefined or denies (false, or "allowed": false).\n' +
        'Of sources, what print says goes to standard error as file:line: text.',
    )
    .action(async (options: EvalOptions) => {
      const fromSources = asksSources(options);
      const { evaluate, evaluatePlan, loadPolicySet } = await import('./offline.ts');
      const descriptor = fromSources
        ? await compileSources(io, options)
        : await loadPolicySet(io, options.bundle, await readVerification(io, options));
      const entrypoint = entrypointOf(descriptor, options.entrypoint);
      const input = await readInput(io, options.input, {}, DEFAULT_INPUT_LIMITS);
      const answer = fromSources ? evaluatePlan : evaluate;
      const evaluation = await answer(io, descriptor, entrypoint, input, nowMs(options.now));
      const outcome = interpret(evaluation.json);
      print(io, options, entrypoint, evaluation, outcome);
      exit(outcome.status === 'denied' || outcome.status === 'undefined' ? 1 : 0);
    });
}

/** The entrypoint that is asked. Throws PortcullisError `unknown_entrypoint`, naming those that there are. */
export function entrypointOf(descriptor: PolicySetDescriptor, asked: string | undefined): string {
  const entrypoint = asked ?? descriptor.defaultEntrypoint ?? '';
  if (descriptor.entrypoints.includes(entrypoint)) return entrypoint;
  const known = descriptor.entrypoints.join(', ');
  throw new PortcullisError('unknown_entrypoint', `${entrypoint} is not an entrypoint; there are: ${known}`);
}

/** Policies see nanoseconds in 64 bits: the years 1677 to 2262. */
const MAX_TIME_MS = 9_223_372_036_854;

/** The time of `--now`; the clock's when left out. Throws PortcullisError `usage`. */
export function nowMs(text: string | undefined): number {
  if (text === undefined) return systemClock.wallMs();
  const isTime = z.iso.datetime({ offset: true }).safeParse(text).success;
  const timeMs = isTime ? Date.parse(text) : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(timeMs) <= MAX_TIME_MS) return timeMs;
  throw new PortcullisError(
    'usage',
    '--now: write a time such as 2026-01-31T12:00:00Z, or milliseconds since 1970',
  );
}

function print(
  io: CliIo,
  options: EvalOptions,
  entrypoint: string,
  evaluation: Evaluation,
  outcome: Outcome,
): void {
  const { json, effects, builtinErrors, validFromMs, validUntilMs } = evaluation;
  for (const message of builtinErrors) io.stderr.write(`${paint(io, 'yellow', 'undefined')}: ${message}\n`);
  if (wantsJson(io, options)) {
    const facts = JSON.stringify({
      entrypoint,
      status: outcome.status,
      effects,
      ...(Number.isFinite(validFromMs) ? { validFrom: new Date(validFromMs).toISOString() } : {}),
      ...(Number.isFinite(validUntilMs) ? { validUntil: new Date(validUntilMs).toISOString() } : {}),
    });
    // The value as the policy wrote it, so that numbers keep their text.
    printLine(io, json === undefined ? facts : `${facts.slice(0, -1)},"value":${json}}`);
    return;
  }
  printLine(
    io,
    json === undefined ? paint(io, 'dim', 'undefined') : JSON.stringify(parseJson(json), undefined, 2),
  );
  const used = effects.length === 0 ? '' : `, depends on ${effects.join(', ')}`;
  io.stderr.write(`${paint(io, 'dim', `${entrypoint}${used}`)}\n`);
}
