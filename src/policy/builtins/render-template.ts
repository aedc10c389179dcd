import { ExactNumber, type RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { compareStrings } from './compare.ts';
import { TemplateError, TemplateUnsupported } from './go-template-error.ts';
import { TEMPLATE_FUNCTIONS } from './go-template-functions.ts';
import { parseTemplate, type Templates } from './go-template-parser.ts';
import { runTemplate } from './go-template-run.ts';
import type { GoValue } from './go-value.ts';
import { parseJson } from './json-value.ts';
import { numberText } from './numbers.ts';
import { objectOperand, stringOperand } from './operands.ts';
import { regoText } from './rego-text.ts';

/** `strings.render_template`: Go's text/template without methods (v1/topdown/template.go). */
export const templateBuiltins: readonly Builtin[] = [
  {
    name: 'strings.render_template',
    effects: [],
    call: (_, template, variables) => render(stringOperand(template, 1), objectOperand(variables, 2)),
  },
];

/** Templates may come from the input: few are kept, and no long ones. */
const MAX_CACHED = 64;
const MAX_CACHED_LENGTH = 16_384;
const cache = new Map<string, Templates>();

function render(template: string, variables: RegoValue): string {
  try {
    // OPA reads the variables' Rego text as JSON: sets and keys that are no strings are errors.
    const data = goValue(parseJson(regoText(variables)));
    return runTemplate(parsed(template), data).replaceAll('<no value>', '<undefined>');
  } catch (error) {
    if (error instanceof TemplateError)
      throw new BuiltinError(`template: ${error.message}`, { cause: error });
    if (!(error instanceof TemplateUnsupported)) throw error;
    const message = `not supported: ${error.message}`;
    throw new BuiltinError(message, { halt: true, cause: error });
  }
}

function parsed(template: string): Templates {
  const known = cache.get(template);
  if (known !== undefined) return known;
  const templates = parseTemplate(template, TEMPLATE_FUNCTIONS);
  if (template.length > MAX_CACHED_LENGTH) return templates;
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(template, templates);
  return templates;
}

/** Numbers are json.Number, a kind of string; keys are sorted, since that is how Go prints and ranges over maps. */
function goValue(value: RegoValue): GoValue {
  if (value === null) return { kind: 'nil' };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'string') return { kind: 'string', type: 'string', value };
  if (typeof value === 'number' || value instanceof ExactNumber) {
    return { kind: 'string', type: 'json.Number', value: numberText(value) };
  }
  if (Array.isArray(value)) return { kind: 'slice', value: value.map(goValue) };
  const entries = Array.from(
    value as Map<string, RegoValue>,
    ([key, member]) => [key, goValue(member)] as const,
  );
  return { kind: 'map', value: new Map(entries.sort(([left], [right]) => compareStrings(left, right))) };
}
