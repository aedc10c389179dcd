import { Command } from 'commander';
import type { ManifestFinding } from '../bundle/bundle.ts';
import { adviceText } from '../policy/plan/footprint-text/advice.ts';
import type { BundleFacts } from './bundle-facts.ts';
import type { EntrypointFootprint } from './footprint-facts.ts';
import { readNamedFile } from './input.ts';
import { type CliIo, columns, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';
import type { SignatureFacts } from './signature-facts.ts';
import { sizeText } from './size-text.ts';
import {
  readSignatureRules,
  type VerificationOptions,
  withVerificationOptions,
} from './verification-options.ts';

/** `inspect` */
export function inspectCommand(io: CliIo, exit: Exit): Command {
  return withVerificationOptions(new Command('inspect'))
    .argument('<archive>', 'the bundle')
    .description('show what a bundle holds, needs and claims')
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .addHelpText(
      'after',
      '\nExits with 1 when keys are given and the signature is refused.\n' +
        'Footprints say what each entrypoint can see of input and data: answers are cached by that (docs/cache.md).',
    )
    .action(async (archive: string, options: VerificationOptions & { readonly json?: boolean }) => {
      const rules = await readSignatureRules(io, options);
      const { bundleFacts } = await import('./bundle-facts.ts');
      const facts = await bundleFacts(await readNamedFile(io, archive), rules);
      if (wantsJson(io, options)) printJson(io, facts);
      else printLine(io, columns(rows(io, archive, facts)));
      exit(facts.signature.state === 'refused' ? 1 : 0);
    });
}

function rows(io: CliIo, name: string, facts: BundleFacts): string[][] {
  const { archive, module, plan } = facts;
  const builder = [facts.builder, facts.opaVersion && `OPA ${facts.opaVersion}`].filter(Boolean).join(', ');
  const optional: [string, string | undefined][] = [
    ['revision', facts.revision],
    ['sequence', facts.sequence?.toString()],
    ['built by', builder],
    ['roots', facts.roots.map((root) => root || '(everything)').join(', ')],
    ['entrypoints', facts.entrypoints.join(', ')],
    ['module', module && `${sizeText(module.bytes)}, sha256 ${module.digest}`],
    [
      'plan',
      plan === undefined ? 'none that the manifest binds' : `${sizeText(plan.bytes)}, sha256 ${plan.digest}`,
    ],
    ['builtins', facts.moduleUnread && `not known: the module ${facts.moduleUnread}`],
    ['vectors', String(facts.vectors)],
    ['sources', facts.sources.join(', ')],
  ];
  return [
    [
      'archive',
      `${name}, ${sizeText(archive.bytes)}, inflated ${sizeText(archive.inflatedBytes)}, sha256 ${archive.digest}`,
    ],
    ['signature', signatureText(io, facts.signature)],
    ...optional.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== ''),
    ...labelled(
      'findings',
      facts.findings.map((finding) => findingText(io, finding)),
    ),
    ...labelled('footprints', footprintTexts(io, facts)),
    ...labelled(
      'builtins',
      facts.builtins.map(({ name, effects, offered }) => {
        const depends = effects.length === 0 ? '' : ` (${effects.join(', ')})`;
        return `${name}${depends}${offered ? '' : paint(io, 'red', ' not offered by this server')}`;
      }),
    ),
  ];
}

/** Rows of which only the first is named. */
function labelled(name: string, texts: readonly string[]): string[][] {
  return texts.map((text, index) => [index === 0 ? name : '', text]);
}

function footprintTexts(io: CliIo, { footprints, footprintsUnused, signature }: BundleFacts): string[] {
  const texts = footprints.flatMap((footprint) => footprintText(io, footprint));
  if (footprintsUnused === undefined) return texts;
  const unused = paint(io, 'yellow', 'not used by servers');
  const instead = signature.state === 'refused' ? '' : ', which cache by the whole input';
  return [`${unused}${instead}: ${footprintsUnused}`, ...texts];
}

function footprintText(io: CliIo, { entrypoint, text, dataText, advice }: EntrypointFootprint): string[] {
  return [
    `${entrypoint} ${text}`,
    ...(dataText === '' ? [] : [`  of the data: ${dataText}`]),
    ...advice.map((hint) => `  ${paint(io, 'yellow', 'advice')}: ${adviceText(hint)}`),
  ];
}

/** Those that happen in any case stand out; the others depend on the input or the data. */
export function findingText(io: CliIo, { entrypoint, place, certain, message }: ManifestFinding): string {
  const weight = certain ? paint(io, 'yellow', 'differs from OPA') : 'may differ from OPA';
  return `${entrypoint} ${weight}: ${place}: ${message}`;
}

function signatureText(io: CliIo, { state, keyId, algorithm, scope, error }: SignatureFacts): string {
  const claim = `key ${keyId ?? '(not named)'} (${algorithm ?? 'unknown algorithm'})${scope ? `, scope ${scope}` : ''}`;
  if (state === 'verified') return `${paint(io, 'green', 'verified')}, ${claim}`;
  if (state === 'unsigned') return paint(io, 'yellow', 'unsigned');
  if (state === 'unchecked') return `${paint(io, 'yellow', 'not verified')}: give --key; it claims ${claim}`;
  return `${paint(io, 'red', 'refused')} [${error?.code}]: ${error?.message}`;
}
