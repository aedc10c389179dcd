import type { BuiltBundle } from '../authoring/build.ts';
import type { PolicyTestReport } from '../authoring/policy-test.ts';
import type { SourceChanges } from '../authoring/rule-changes.ts';

/** More names than this are only counted. */
const MAX_NAMES = 6;

/** Lines that say what a change did: entrypoints, rules, data, tests. `before` is undefined for the first version. */
export function describeChanges(
  before: BuiltBundle | undefined,
  after: BuiltBundle,
  changes: SourceChanges,
  report: PolicyTestReport,
): string[] {
  const steps = report.steps.filter(({ name, passed }) => !passed || name === 'tests' || name === 'vectors');
  const tests = steps.map(({ name, passed, summary }) => (passed ? summary : `${name}: ${summary}`));
  if (before === undefined) {
    const rules = changes.added.length;
    return [`entrypoints: ${after.entrypoints.join(', ')}`, `rules: ${rules}`, ...tests];
  }
  const entrypoints = {
    added: after.entrypoints.filter((name) => !before.entrypoints.includes(name)),
    removed: before.entrypoints.filter((name) => !after.entrypoints.includes(name)),
  };
  return [
    ...list('entrypoints added', entrypoints.added),
    ...list('entrypoints removed', entrypoints.removed),
    ...list('rules added', changes.added),
    ...list('rules changed', changes.changed),
    ...list('rules removed', changes.removed),
    ...list('data changed', changes.data),
    ...tests,
  ];
}

function list(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MAX_NAMES).join(', ');
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return [`${title}: ${shown}${more}`];
}
