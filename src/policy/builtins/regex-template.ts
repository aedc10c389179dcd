import { RE2JS } from 're2js';
import { BuiltinError } from './builtin.ts';
import { compileRegex } from './regex-cache.ts';

/**
 * The pattern of a template such as `urn:<[a-z]+>:id`: what stands between the delimiters is a regular expression,
 * the rest is literal. Each delimiter is one character of ASCII. Throws BuiltinError where delimiters do not pair.
 */
export function templatePattern(template: string, start: string, end: string): string {
  requireOne('start', start);
  requireOne('end', end);
  let pattern = '^';
  let literalFrom = 0;
  for (const [open, close] of outerPairs(template, start, end)) {
    const inner = template.slice(open + 1, close);
    // Each part must be a pattern of its own: `<a)(b>` is not.
    compileRegex(`^${inner}$`);
    pattern += `${RE2JS.quote(template.slice(literalFrom, open))}(${inner})`;
    literalFrom = close + 1;
  }
  return `${pattern}${RE2JS.quote(template.slice(literalFrom))}$`;
}

function requireOne(name: string, delimiter: string): void {
  const length = Buffer.byteLength(delimiter);
  if (length === 1) return;
  throw new BuiltinError(`${name} delimiter has to be exactly one character long but is ${length} long`);
}

/** The places of the outermost delimiters. Equal delimiters never pair, as in OPA. */
function outerPairs(template: string, start: string, end: string): [open: number, close: number][] {
  const pairs: [number, number][] = [];
  let depth = 0;
  let open = 0;
  for (let i = 0; i < template.length; i++) {
    if (template[i] === start) {
      depth++;
      if (depth === 1) open = i;
    } else if (template[i] === end) {
      depth--;
      if (depth === 0) pairs.push([open, i]);
      if (depth < 0) break;
    }
  }
  if (depth !== 0) throw new BuiltinError(`unbalanced braces in ${JSON.stringify(template)}`);
  return pairs;
}
