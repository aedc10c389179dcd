/** How an answer's body is decoded, by its content type as OPA reads it (v1/topdown/http.go). */

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const TYPE = new RegExp(`^[ \\t]*(${TOKEN}(?:/${TOKEN})?)[ \\t]*(?=;|$)`);
const PARAMETER = new RegExp(
  `^;[ \\t]*(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\\\r\\n]|\\\\.)*)")[ \\t]*(?=;|$)`,
);

/** Whether the type is JSON's: `application/json`, or one that ends in `+json`. Its parameters must be well-formed. */
export function isJsonType(contentType: string): boolean {
  const type = TYPE.exec(contentType);
  if (type === null || !parametersAreValid(contentType.slice(type[0].length))) return false;
  const [main, sub = '', more] = type[1]!.toLowerCase().split('/');
  return more === undefined && main === 'application' && (sub === 'json' || sub.endsWith('+json'));
}

/** Whether the text names one of YAML's types, wherever in it. */
export function isYamlType(contentType: string): boolean {
  return contentType.includes('application/yaml') || contentType.includes('application/x-yaml');
}

/** mime.ParseMediaType: names stand once; a semicolon may end the list. */
function parametersAreValid(text: string): boolean {
  const seen = new Map<string, string>();
  let rest = text;
  while (!/^[ \t]*$/.test(rest)) {
    const parameter = PARAMETER.exec(rest);
    if (parameter === null) return /^;[ \t]*$/.test(rest);
    const [all, name = '', token, quoted = ''] = parameter;
    const value = token ?? quoted;
    const known = seen.get(name.toLowerCase());
    if (known !== undefined && known !== value) return false;
    seen.set(name.toLowerCase(), value);
    rest = rest.slice(all.length);
  }
  return true;
}
