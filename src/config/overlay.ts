/** Values that environment variables and `--set` flags lay over the file. */
import { parse as parseYaml } from 'yaml';
import type { Environment } from './environment.ts';
import { type ConfigPath, nearest } from './mistake.ts';
import { nodeAt, type SchemaNode, scalarFields } from './schema-tree.ts';

/** One value, where it goes and where it comes from. */
export interface Overlay {
  readonly path: ConfigPath;
  readonly value: unknown;
  /** `PORTCULLIS_GRPC_ADDRESS` or `--set grpc.address`. */
  readonly origin: string;
}

const PREFIX = 'PORTCULLIS_';

/** Variables that other parts read, and those that Kubernetes makes for a service named `portcullis`. */
const NOT_OURS = /^PORTCULLIS_(?:CONFIG|OPA.*|SERVICE_HOST|SERVICE_PORT.*|PORT|PORT_.*)$/;

/** `limits.maxInputBytes` → `PORTCULLIS_LIMITS_MAX_INPUT_BYTES`. */
export function variableName(path: readonly string[]): string {
  return PREFIX + path.map((step) => step.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_');
}

/** Values from the environment; empty variables count as unset. Unknown ones become warnings, since others may have set them. */
export function environmentOverlays(environment: Environment): {
  readonly overlays: readonly Overlay[];
  readonly warnings: readonly string[];
} {
  const fields = new Map(scalarFields().map((field) => [variableName(field.path), field]));
  const overlays: Overlay[] = [];
  const warnings: string[] = [];
  for (const origin of Object.keys(environment)
    .filter((key) => key.startsWith(PREFIX))
    .sort()) {
    const field = fields.get(origin);
    const text = environment[origin] ?? '';
    if (field !== undefined && text !== '') {
      overlays.push({ path: field.path, value: scalar(text, field.node), origin });
    } else if (field === undefined && !NOT_OURS.test(origin)) {
      const near = nearest(origin, [...fields.keys()]);
      warnings.push(`${origin} sets nothing${near === undefined ? '' : `; did you mean ${near}?`}`);
    }
  }
  return { overlays, warnings };
}

/** Reads `path=value` flags; the value is YAML, so lists and maps can be given. Gives the flags that are not of this form. */
export function flagOverlays(flags: readonly string[]): {
  readonly overlays: readonly Overlay[];
  readonly unreadable: readonly string[];
} {
  const overlays: Overlay[] = [];
  const unreadable: string[] = [];
  for (const flag of flags) {
    const [, name, text] = /^([^=\s]+)=(.*)$/s.exec(flag) ?? [];
    const path = name?.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    if (path === undefined || text === undefined || path.includes('') || path.includes('__proto__')) {
      unreadable.push(name ?? '');
    } else {
      overlays.push({ path, value: flagValue(text, path), origin: `--set ${name}` });
    }
  }
  return { overlays, unreadable };
}

/** A copy of what is written with the overlays in it; maps are made where there are none. */
export function applyOverlays(written: unknown, overlays: readonly Overlay[]): unknown {
  return overlays.reduce((tree, { path, value }) => setAt(tree, path, value), written);
}

function setAt(tree: unknown, path: ConfigPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(tree) && typeof step === 'number') {
    return tree.toSpliced(step, 1, setAt(tree[step], rest, value));
  }
  const map = typeof tree === 'object' && tree !== null && !Array.isArray(tree) ? tree : {};
  const old: unknown = Object.entries(map).find(([key]) => key === String(step))?.[1];
  return { ...map, [step]: setAt(old, rest, value) };
}

function flagValue(text: string, path: ConfigPath): unknown {
  const node = nodeAt(path);
  if (node !== undefined && takesText(node)) return text;
  try {
    return parseYaml(text);
  } catch {
    return text; // The schema says what should be there.
  }
}

/** Text stays text where the field takes text, so that `1e3` or `on` mean what is written. */
function scalar(text: string, node: SchemaNode): unknown {
  if (takesText(node)) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** A single word that stands beside other kinds (`auto`) is no free text. */
function takesText(node: SchemaNode): boolean {
  return (
    node.type === 'string' ||
    (node.anyOf ?? []).some((branch) => branch.type === 'string' && branch.const === undefined)
  );
}
