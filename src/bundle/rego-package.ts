/** White space and comments before the first word. */
const LEAD = /^(?:\s|#[^\n]*(?:\n|$))*/;
/** `package` and what stands on the same line up to a comment or a semicolon. */
const PACKAGE =
  /^package[ \t]+([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\["(?:[^"\\\n]|\\.)*"\])*)[ \t\r]*(?:[;#\n]|$)/;
const SEGMENT = /[A-Za-z_][A-Za-z0-9_]*|\["(?:[^"\\]|\\.)*"\]/g;

/**
 * The package that a Rego module declares, by its segments: `package a.b["c d"]` gives a, b and "c d". Undefined when the
 * module does not begin with a package line, which OPA refuses as well.
 */
export function regoPackage(source: string): string[] | undefined {
  const lead = LEAD.exec(source)?.[0] ?? '';
  const reference = PACKAGE.exec(source.slice(lead.length))?.[1];
  if (reference === undefined) return undefined;
  try {
    return [...reference.matchAll(SEGMENT)].map(([segment]) =>
      segment.startsWith('[') ? (JSON.parse(segment.slice(1, -1)) as string) : segment,
    );
  } catch {
    return undefined;
  }
}
