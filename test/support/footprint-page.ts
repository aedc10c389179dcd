/** docs/footprints.md, and which reads can be forgotten: from what the analysis finds. */
import { type Footprint, FULL } from '../../src/policy/plan/footprint.ts';
import type { Survey } from './footprint-survey.ts';

/** From the root of the repository. */
export const PAGE = 'docs/footprints.md';
export const SURVIVORS = 'test/corpus/survivors.golden.json';

/** The footprints of many entrypoints. */
export interface Group {
  readonly title: string;
  /** By a name that says where it is. */
  readonly footprints: ReadonlyMap<string, Footprint>;
}

const isWhole = ({ input }: Footprint): boolean => (input.reads & FULL) !== 0;
const seesNothing = ({ input: { reads, children, each } }: Footprint): boolean =>
  reads === 0 && each === undefined && (children?.size ?? 0) === 0;

/** As Markdown, not yet formatted. */
export function footprintsPage(groups: readonly Group[], surveys: readonly Survey[]): string {
  const rows = groups.map(({ title, footprints }) => {
    const all = [...footprints.values()];
    const of = (holds: (footprint: Footprint) => boolean): string => String(all.filter(holds).length);
    const whole = all.filter(isWhole).length;
    const share = all.length === 0 ? '' : `${Math.floor((1 - whole / all.length) * 1000) / 10} %`;
    return [
      title,
      String(all.length),
      `${all.length - whole} (${share})`,
      of(seesNothing),
      String(whole),
      of(({ input, fullReads }) => (input.reads & FULL) === 0 && fullReads.length > 0),
      of(({ effects }) => effects.has('clock') || effects.has('window')),
      of(({ effects }) => effects.has('network')),
      of(({ effects }) => effects.has('random')),
    ];
  });
  return [
    INTRODUCTION,
    table(
      [
        '',
        'Entrypoints',
        'Finite',
        'of them nothing',
        'Whole',
        'Finite, parts in full',
        'Time',
        'Network',
        'Chance',
      ],
      rows,
    ),
    EXPLANATION,
    '## Why the whole input is read',
    table(['', 'Why', 'Entrypoints'], groups.flatMap(reasonRows)),
    '## What could be forgotten',
    survivorsText(surveys),
    table(['Read', 'Forgotten unnoticed', 'Why it is read nevertheless'], kindRows(surveys)),
  ].join('\n\n');
}

const INTRODUCTION = `# Footprints

How much of the input entrypoints can see, by the analysis of their plans: what is not seen is in no cache key.
Written by \`node scripts/footprints.ts\`; \`test/footprint-mutations.test.ts\` and \`test/footprint-conformance.test.ts\` fail when it is not
what the analysis gives.

- **Compliance suite**: the cases of OPA's suite that have an input or name one, each case's own query. A query shows what
  it finds, so a case that finds a part of the input reads that part in full.
- **Demo**: the entrypoints of \`policies/\`, from the bundle as it is shipped.
- **Corpus**: policies in \`test/corpus\`, written in the manner of those that people publish for OPA.

`.trim();

const EXPLANATION = `*Finite*: the input is not read as a whole. *Parts in full*: at least one part of it is, down to its last number,
because it is handed to something that may look at all of it. *Time*, *Network*, *Chance*: can call builtins that depend on them, those that only give
a window (a token's expiry) among *Time*.`;

function reasonRows({ title, footprints }: Group): string[][] {
  const counts = new Map<string, number>();
  for (const footprint of footprints.values()) {
    if (!isWhole(footprint)) continue;
    const first = footprint.fullReads.find(({ path }) => path === 'input');
    const why = first?.why ?? 'more than the analysis follows';
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([why, count]) => [title, why, String(count)]);
}

/** What each kind of read is for, where no answer shows it. */
const KINDS: readonly (readonly [kind: string, holds: (name: string) => boolean, why: string])[] = [
  [
    'a type',
    (name) => name.endsWith('without TYPE'),
    'a value whose members are looked up, or that must be of one type: that it is of another shows only where a scalar and a missing member are told apart',
  ],
  [
    "a number's text",
    (name) => name.endsWith('without SCALAR') || name.endsWith('without COMPARED'),
    'handed to a builtin that takes texts, or looked up in data that has no such key: there a number errs, however it is written',
  ],
  [
    'keys or length',
    (name) => name.endsWith('without KEYS'),
    'a length that is compared with a number that no input near reaches',
  ],
  ['all of a part', (name) => name.endsWith('without FULL'), 'read on a way that no input near takes'],
  [
    'a whole path',
    (name) => name.endsWith('not read'),
    '`with` replaces what it would be looked up in, which the analysis joins with what was there before; or a wildcard beside it shows all of it that can be a text',
  ],
];

function kindRows(surveys: readonly Survey[]): string[][] {
  const names = surveys.flatMap(({ survivors }) => survivors.map(({ name }) => name));
  return KINDS.map(([kind, holds, why]) => [kind, String(names.filter(holds).length), why]).filter(
    ([, count]) => count !== '0',
  );
}

function survivorsText(surveys: readonly Survey[]): string {
  const caught = surveys.reduce((sum, survey) => sum + survey.caught, 0);
  const paths = surveys.reduce((sum, survey) => sum + survey.pathsCaught, 0);
  const survivors = surveys.flatMap((survey) => survey.survivors);
  const lostPaths = survivors.filter(({ kind }) => kind !== 'bit').length;
  const all = caught + survivors.length;
  return `Each read of each footprint of demo and corpus is forgotten in turn: every kind of read of a value, every path, every wildcard. For
${caught} of ${all} (${((caught / all) * 100).toFixed(1)} %) there is an input whose answer is another one then, among them ${paths} of
${paths + lostPaths} whole paths. The others, in \`${SURVIVORS}\`, say more than the policy needs, and cost hits, never a wrong answer:`;
}

/** By entrypoint, the names of what can be forgotten. */
export function survivorsDocument(surveys: readonly Survey[]): string {
  const listed = surveys
    .filter(({ survivors }) => survivors.length > 0)
    .map(({ entrypoint, survivors }) => [entrypoint, survivors.map(({ name }) => name)]);
  return `${JSON.stringify(Object.fromEntries(listed), null, 2)}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
