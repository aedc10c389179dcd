import { Command } from 'commander';
import { interpret } from '../decision/outcome.ts';
import { PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import { parsePointer } from '../json/pointer.ts';
import type { Explanation } from '../policy/plan/explain/explanation.ts';
import { renderExplanation } from '../policy/plan/explain/render.ts';
import type { HiddenPlaces } from '../policy/plan/explain/secrets.ts';
import { sameJson } from '../policy/same-json.ts';
import { collect } from './config-options.ts';
import { entrypointOf, nowMs } from './eval.ts';
import { type ExplainServerOptions, explainOnServer, withExplainServerOptions } from './explain-server.ts';
import { DEFAULT_INPUT_LIMITS, INPUT_HELP, readInput } from './input.ts';
import { type CliIo, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';
import { asksSources, compileSources, type PolicyOptions, withPolicyOptions } from './policy-sources.ts';
import { readVerification, withVerificationOptions } from './verification-options.ts';

interface ExplainOptions extends PolicyOptions, ExplainServerOptions {
  readonly json?: boolean;
}

/** `explain` */
export function explainCommand(io: CliIo, exit: Exit): Command {
  const command = new Command('explain').option(
    '-b, --bundle <file>',
    'the bundle; repeated for a policy set of several',
    collect,
    [],
  );
  return withExplainServerOptions(withVerificationOptions(withPolicyOptions(command)))
    .description(
      'tell why an entrypoint of a bundle, of sources or of a running server answers what it does, clause by clause',
    )
    .option('--unsigned', 'take the bundle without a signature')
    .option('-e, --entrypoint <path>', 'the entrypoint (default: the first that the bundle declares)')
    .option('-i, --input <document>', INPUT_HELP)
    .option('--now <time>', 'the time that the policy sees: RFC 3339, or milliseconds since 1970')
    .option(
      '--mask <pointer>',
      'show neither this place, such as /input/user/email or /result/headers, nor what is made from it; may be repeated',
      collect,
      [],
    )
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .addHelpText(
      'after',
      '\nExits with 1 when the value is undefined or denies (false, or "allowed": false).',
    )
    .action(async (options: ExplainOptions) => {
      const { address } = options;
      if (address !== undefined) {
        const { explanation, ...asked } = await explainOnServer(io, address, options);
        show(io, exit, options, asked, explanation);
        return;
      }
      const fromSources = asksSources(options);
      const { evaluate, explain, loadPolicySet } = await import('./offline.ts');
      const descriptor = fromSources
        ? await compileSources(io, options)
        : await loadPolicySet(io, options.bundle, await readVerification(io, options));
      const entrypoint = entrypointOf(descriptor, options.entrypoint);
      const input = await readInput(io, options.input, {}, DEFAULT_INPUT_LIMITS);
      const wallMs = nowMs(options.now);
      const { explanation, json } = await explain(
        descriptor,
        entrypoint,
        input,
        wallMs,
        hiddenPlaces(options.mask),
      );
      // The answer that counts is the module's; an evaluation that failed has none, and sources have no module.
      const answer =
        explanation.error === undefined && !fromSources
          ? await evaluate(io, descriptor, entrypoint, input, wallMs)
          : undefined;
      const { status } = interpret(fromSources ? json : answer?.json);
      const moduleDiffers = answer !== undefined && differ(answer.json, json);
      show(io, exit, options, { status, moduleDiffers }, explanation);
    });
}

/** The first word is the module's answer, value and clauses are the plan's. */
const MODULE_DIFFERS =
  'the module, which answers in production, answers otherwise than the plan, which is shown; see docs/plan-evaluator.md';

function show(
  io: CliIo,
  exit: Exit,
  options: ExplainOptions,
  facts: { readonly status: string; readonly moduleDiffers: boolean },
  explanation: Explanation,
): void {
  if (wantsJson(io, options)) printJson(io, { ...facts, ...explanation });
  else print(io, facts.status, facts.moduleDiffers, explanation);
  exit(['allowed', 'not_a_decision'].includes(facts.status) ? 0 : 1);
}

/** Throws PortcullisError `usage` for what is no pointer into the input or the result. */
function hiddenPlaces(masks: readonly string[]): HiddenPlaces {
  const pointers = masks.map((text) => {
    const [document, ...place] = text.startsWith('/') ? parsePointer(text) : [];
    if (document === 'input' || document === 'result') return { document, place };
    throw new PortcullisError('usage', '--mask: write a JSON pointer at or below /input or /result');
  });
  const at = (wanted: string): HiddenPlaces['input'] =>
    pointers.filter(({ document }) => document === wanted).map(({ place }) => place);
  return { input: at('input'), result: at('result') };
}

/** Whether module and plan answer otherwise; see docs/plan-evaluator.md. */
function differ(module: string | undefined, plan: string | undefined): boolean {
  if (module === undefined || plan === undefined) return module !== plan;
  try {
    return !sameJson(parseJson(module), parseJson(plan));
  } catch {
    // Rego's {1: "x", "1": "y"} names a key twice.
    return module !== plan;
  }
}

function print(io: CliIo, status: string, moduleDiffers: boolean, explanation: Explanation): void {
  const { entrypoint, value } = explanation;
  const verdict =
    status === 'allowed' ? paint(io, ['green', 'bold'], status) : paint(io, ['red', 'bold'], status);
  printLine(io, `${verdict.replaceAll('_', ' ')}  ${entrypoint}${value === undefined ? '' : ` = ${value}`}`);
  if (moduleDiffers) printLine(io, paint(io, 'yellow', MODULE_DIFFERS));
  printLine(io);
  printLine(
    io,
    renderExplanation(explanation, (style, text) => paint(io, style, text)),
  );
}
