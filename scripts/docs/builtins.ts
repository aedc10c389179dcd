/** docs/builtins.md from the host's registry and the lists of what is elsewhere. */
import type { Builtin, Effect } from '../../src/policy/builtins/builtin.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { COMPILE_TIME, NATIVE, NOT_OFFERED } from './texts/builtins.ts';

/** What a result depends on beyond the arguments, and what that means for the cache. */
const EFFECTS: Readonly<Record<Effect, string>> = {
  window: 'the time, in a window that it reports: cached until the window ends',
  clock: 'the time: cached only with a time resolution',
  network: 'the network: never cached',
  random: 'chance, but the same for equal arguments within a decision: never cached',
  host: 'what the operator lists: cached',
  print: 'nothing; it prints',
};

const INTRODUCTION = `# Builtins

What a policy may call of OPA 1.22.2's builtins, and where it is answered. A bundle whose module calls a builtin that is
not offered is refused when it is loaded, by name.

- **module**: compiled into the policy by OPA. Depends on its arguments only.
- **host**: answered by Portcullis, outside the module, with OPA's results: compared on OPA's compliance suite and on
  generated arguments.

An error in a builtin makes its result undefined, as in OPA without strict errors; the decision records the message.

Limits that OPA does not have, because nothing could interrupt a builtin: \`net.cidr_expand\` gives at most 65,536
addresses, \`numbers.range_step\` a million numbers, \`regex.globs_match\` takes globs whose lengths multiply to at most
four million, and patterns have at most 100,000 characters. Beyond them the result is undefined. \`hex.decode\` is undefined
for bytes that are not UTF-8, which OPA keeps.

When a network is written in the IPv4-mapped form of IPv6 (\`::ffff:10.0.0.0/120\`), \`net.cidr_merge\` merges it as the
IPv4 network that it is; OPA's result there is not usable.`;

export function pages(): Promise<Readonly<Record<string, string>>> {
  return Promise.resolve({ 'docs/builtins.md': `${INTRODUCTION}\n\n${offered()}\n\n${notOffered()}\n` });
}

function offered(): string {
  const rows = [
    ...NATIVE.map((name) => [name, 'module', ''] as const),
    ...COMPILE_TIME.map((name) => [name, 'compiler', ''] as const),
    ...Array.from(BUILTINS.values(), (builtin) => [builtin.name, 'host', effectsOf(builtin)] as const),
  ];
  return table('Offered', ['Builtin', 'Answered by', 'Depends beyond its arguments on'], rows);
}

function notOffered(): string {
  const rows = Array.from(NOT_OFFERED, ([reason, names]) => names.map((name) => [name, reason] as const));
  return table('Not offered', ['Builtin', 'Why'], rows.flat());
}

function effectsOf(builtin: Builtin): string {
  return builtin.effects.map((effect) => EFFECTS[effect]).join('; ');
}

function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly [name: string, ...string[]])[],
): string {
  const sorted = rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([name, ...rest]) => `| \`${name}\` | ${rest.join(' | ')} |`);
  return [
    `## ${title}`,
    '',
    `${rows.length} builtins.`,
    '',
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...lines,
  ].join('\n');
}
