/** docs/builtins.md from the host's registry and the lists of what is elsewhere. */
import type { Builtin, Effect } from '../../src/policy/builtins/builtin.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { COMPILE_TIME, NATIVE, NOT_OFFERED } from './texts/builtins.ts';
import { NETWORK } from './texts/network.ts';

/** What a result depends on beyond the arguments, and what that means for the cache. */
const EFFECTS: Readonly<Record<Effect, string>> = {
  window: 'the time, in a window that it reports: cached until the window ends',
  clock: 'the time: cached where it is only compared, or with a time resolution',
  network: 'the network: never cached',
  random: 'chance, but the same for equal arguments within a decision: never cached',
  host: 'what the operator lists: cached',
  print: 'nothing; it prints',
};

const INTRODUCTION = `# Builtins

What a policy may call of OPA 1.22.2's builtins, and where it is answered. A bundle whose module calls a builtin that is
not offered is refused when it is loaded, by name.

- **module**: compiled into the policy by OPA. Depends on its arguments only. The host answers some of them nevertheless, among
  them \`format_int\` and \`json.unmarshal\`: [module differences](module-differences.md#what-portcullis-repairs).
- **host**: answered by Portcullis, outside the module, with OPA's results: compared on OPA's [compliance suite](conformance.md) and on
  generated arguments.

An error in a builtin makes its result undefined, as in OPA without strict errors; the decision records the message.

What depends on nothing but its operands may be remembered from decision to decision: compiled patterns and globs, keys that were read, and
which signatures of tokens were right (10,000 of them, by a SHA-256, nothing of the token itself). Whether a token is valid at the time of a decision is
found out each time.

## Limits

OPA can be interrupted while a builtin runs; here a builtin of the host cannot, so work and memory that arguments could multiply are
bounded. Beyond a limit the result is undefined, as with any other error, unless the table says that the evaluation fails.

| Builtin | Limit |
| --- | --- |
| \`graph.reachable_paths\` | 1,000,000 nodes in what is visited and found |
| \`graphql.*\` | 250,000 tokens (with comments) a document, 200 levels of selections, values and types; objects of some 90,000 nodes. For one validation 1,000,000 steps (nodes, and comparisons of fields that overlap: 1,500 fields of one name side by side are too many) and 500 levels of selections and fragments within each other. What is beyond has no answer: \`graphql.is_valid\` is then undefined and not false |
| \`json.marshal_with_options\` | 16 Mi characters in the result |
| \`json.match_schema\`, \`json.verify_schema\` | 2,000,000 steps to read a schema and as many to apply it (nodes of the schema; long texts, numbers and patterns count as more), schemas within each other 1,000 levels deep with those that references lead to, numbers of 30,103 digits where \`multipleOf\` or an error needs them, 16 Mi characters in the errors; patterns of 100,000 characters, and for one call 200 million characters times instructions of their patterns. The evaluation fails where schemas apply more than 1,000 levels deep to one document |
| \`json.patch\` | 16 Mi values and characters copied, moved and compared |
| \`net.cidr_contains_matches\` | 1,000,000 pairs of networks; 16 Mi characters in what stands for them in the result |
| \`net.cidr_expand\` | 65,536 addresses |
| \`numbers.range_step\`, and in the plan evaluator \`numbers.range\` | 1,000,000 numbers, 16 Mi digits in all |
| \`regex.find_n\`, \`regex.replace\`, \`regex.split\`, \`regex.template_match\` | patterns of 100,000 characters. For one call, characters looked at times instructions of the compiled pattern: 200 million. A search through a megabyte of text by a pattern for words needs 20 million, through 100 KB by one for e-mail addresses 43 million. A pattern such as \`a+b\\|a\`, which looks from each match to the end of the text, comes to its limit with texts of a few thousand characters |
| \`regex.globs_match\` | globs whose lengths multiply to at most 4 million |
| \`regex.replace\` | 16 Mi characters in the result, 100 references to groups in the replacement |
| \`sprintf\` | 16 Mi characters in the result; integers of 30,103 digits |
| \`strings.render_template\` | 16 Mi characters in the result. The evaluation fails beyond 1,000,000 steps (nodes, turns of a range, and one for each 16 characters that a function takes or gives), 200 levels of nesting (blocks, or templates in templates), 100 of parentheses, 1,000 variables at one place and 1,000 arguments of one function. Numbers with \`_\` or \`p\`, complex numbers and bytes that are not UTF-8 in strings fail it, too |
| \`time.*\` | moments written with at most 30,103 characters |
| \`units.parse\`, \`units.parse_bytes\` | amounts of 30,103 characters, results up to 2^100000 either way |
| \`io.jwt.*\` | headers and payloads nested 1,000 levels deep; 16 tokens in tokens for \`io.jwt.decode\`. When no key id chooses the key, the token's length times the number of keys: 64 MiB |
| \`crypto.x509.*\`, \`crypto.parse_private_keys\` | texts of 1 Mi characters, integers of 100,000 bits, identifiers of policies of 1,000 octets. Signatures by RSA keys of 8,192 bits, private RSA keys of 8,192 bits with at most 5 primes of at most 4,096 bits. For one verification 1,000,000 policies and names in the chains that it finds |
| \`io.jwt.encode_sign\`, \`io.jwt.encode_sign_raw\` | RSA keys of 8,192 bits |
| \`yaml.marshal\` | 16 Mi characters in the result |
| \`yaml.unmarshal\`, \`yaml.is_valid\` | 1,000 levels of nesting, fewer where the text has them on one line; 400,000 nodes by aliases. \`yaml.is_valid\` is then undefined and not false |
| \`internal.print\` | stops after 1,000 lines or 1 Mi characters of one call; the evaluation goes on |
| a number as an integer | 30,103 digits, where OPA's is 2^100000 |
| arithmetic, \`bits.*\`, \`format_int\`, \`product\`, \`sum\` in the plan evaluator | operands and results from 2^-100000 to 2^100000: OPA reads no others, but computes with what comes of them |
| \`json.unmarshal\`; in the plan evaluator also \`json.marshal\`, \`walk\` | 16 Mi values and characters to write; 1,000 levels to read, where OPA has 10,000; 4,000,000 pairs and keys in their paths |

## Differences from OPA

- Strings are Unicode text. Where OPA keeps decoded bytes that are not UTF-8 in a string, \`hex.decode\`,
  \`urlquery.decode\`, \`urlquery.decode_object\` and \`uri.parse\` are undefined: different bytes must not become equal.
  \`uri.is_valid\` answers as OPA does. Policies' modules and the plan evaluator keep what \`base64.decode\` gives, as OPA does;
  in the plan evaluator a builtin that takes text is then undefined.
- \`json.unmarshal\` takes JSON only: OPA also takes a text with \`null\` and anything more behind its value.
  \`to_number\` of a text that is no JSON, such as \`"+5"\` or \`"007"\`, is the number that it means; OPA computes with it as well, and
  fails to write it. Numbers of more than 15 digits that end in zeros behind the point are compared to the last digit; for OPA two of
  them are equal when their doubles are. Where modules answer otherwise, \`test/builtins-native-deviations.test.ts\` has it.
- The time zone \`Local\` is UTC; OPA takes it from the machine. Before 1970, offsets can differ in some zones.
- \`%p\` in \`sprintf\` is a wrong verb: OPA prints the address of a pointer, another one at each run.
- \`sprintf\` and templates write characters as they are that the runtime's Unicode knows and Go's does not yet; Go escapes them.
- \`io.jwt.encode_sign_raw\` takes headers that are JSON, and of equal names the last one; OPA reads past some mistakes, and
  of equal names takes the first. With a private key on a curve that is zero or beyond the curve's order it is undefined.
- \`net.cidr_merge\` merges a network in the IPv4-mapped form of IPv6 (\`::ffff:10.0.0.0/120\`) as the IPv4 network that it
  is; OPA panics where two of them touch. An IPv4 address of class D or E (\`240.0.0.1\`) without a prefix length is an
  error, since no mask goes with it; OPA merges it as it would one of class C.
- \`json.match_schema\`, \`json.verify_schema\`: references are resolved within the schema, and to the metaschemas of drafts 4,
  6 and 7. Nothing is fetched, as in OPA with an empty \`allow_net\`, and no file is read, which OPA does for \`file:\`; such a
  schema is an error. OPA gives errors in any order, and of several faults of a schema tells any; here equal arguments
  give equal results. What ends OPA's process fails the evaluation: a schema that leads back to itself without going deeper
  into the document, a number beyond a double under \`const\`, \`enum\` or \`uniqueItems\`.
- \`json.patch\`: OPA panics at some patches of arrays that mix scalars and composite values, and when the whole document is
  removed, or replaced and then changed. Here the first answers as RFC 6902 says, a document that was removed is an error.
  Where OPA finds an element under an index that an earlier operation has moved, so do we.
- \`yaml.unmarshal\`: undefined for some texts that OPA reads: an alias as a key with its colon at once (\`*a: 1\`), \`...\` at
  the beginning of an indented line of a quoted text, a block scalar whose indentation is not clear. U+0085, U+2028 and
  U+2029 are no line breaks. Explicit and empty keys (\`? k\`, \`: v\`) are read also where OPA refuses their indentation.
- \`semver.compare\` takes pre-releases that differ in numbers beyond 64 bits only for equal; OPA does not come to an end.
- \`graphql.*\`: some documents make OPA panic, or overflow its stack, which ends its process: fragments that use one
  another in a circle, objects in which nodes are missing, directives of objects where they may not stand, a union with an
  unknown member behind an interface. Here they are not valid. An object that has a member twice, in upper and in lower
  case, is an error.`;

export function pages(): Promise<Readonly<Record<string, string>>> {
  return Promise.resolve({
    'docs/builtins.md': `${INTRODUCTION}\n\n${NETWORK}\n\n${offered()}\n\n${notOffered()}\n`,
  });
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
