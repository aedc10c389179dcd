import { join } from 'node:path';
import { runOpa } from './opa-tool.ts';
import type { SourceFile, Sources } from './sources.ts';
import { inScratchFolder, stage } from './staging.ts';

/** What differs between two versions of the sources. Rules by their full name, files by where they lie. */
export interface SourceChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Data files that are new, gone or different. */
  readonly data: readonly string[];
}

/** Rules of one version by full name; the value is all that is written about a rule, without comments and layout. */
type Rules = ReadonlyMap<string, string>;

interface ParsedFile {
  readonly bytes: Uint8Array;
  readonly rules: Rules;
}

/** Remembers the version before. Only files that differ are parsed again. */
export class SourceHistory {
  readonly #opaPath: string | undefined;
  #files: ReadonlyMap<string, ParsedFile> = new Map();
  #data: ReadonlyMap<string, Uint8Array> = new Map();

  /** `opaPath`: where OPA was found; looked for in the process's own environment when left out. */
  constructor(opaPath?: string) {
    this.#opaPath = opaPath;
  }

  /** Takes the next version, which OPA must be able to parse, and says what is different. */
  async advance(sources: Sources): Promise<SourceChanges> {
    const parsed = await Promise.all(sources.rego.map((file) => this.#parse(file)));
    const files = new Map(sources.rego.map(({ path }, index) => [path, parsed[index]!]));
    const data = new Map(sources.data.map(({ file, bytes }) => [file, bytes]));
    const before = gather(this.#files);
    const after = gather(files);
    const changes = {
      added: [...after.keys()].filter((name) => !before.has(name)),
      changed: [...after.keys()].filter((name) => before.has(name) && before.get(name) !== after.get(name)),
      removed: [...before.keys()].filter((name) => !after.has(name)),
      data: [...new Set([...this.#data.keys(), ...data.keys()])].filter(
        (file) => !sameBytes(this.#data.get(file), data.get(file)),
      ),
    };
    this.#files = files;
    this.#data = data;
    return changes;
  }

  async #parse(file: SourceFile): Promise<ParsedFile> {
    const known = this.#files.get(file.path);
    if (known !== undefined && sameBytes(known.bytes, file.bytes)) return known;
    return { bytes: file.bytes, rules: await rulesOf(file, this.#opaPath) };
  }
}

async function rulesOf(file: SourceFile, opaPath: string | undefined): Promise<Rules> {
  const json = await inScratchFolder(async (folder) => {
    await stage(folder, [file]);
    return (
      await runOpa(['parse', '--format', 'json', join(folder, file.path)], { opaPath })
    ).stdout.toString('utf8');
  });
  const module = JSON.parse(json) as AstModule;
  const name = names(module.package.path).slice(1).join('.');
  const rules = new Map<string, string>();
  for (const rule of module.rules ?? []) {
    const full = [name, ...names(rule.head.ref)].join('.');
    rules.set(full, `${rules.get(full) ?? ''}${JSON.stringify(rule)}\n`);
  }
  return rules;
}

interface AstTerm {
  readonly type: string;
  readonly value: unknown;
}

interface AstModule {
  readonly package: { readonly path: readonly AstTerm[] };
  readonly rules?: readonly { readonly head: { readonly ref: readonly AstTerm[] } }[];
}

/** The fixed parts of a reference: its first name and the strings that follow. */
function names(reference: readonly AstTerm[]): string[] {
  const open = reference.findIndex(({ type }, index) => index > 0 && type !== 'string');
  return reference.slice(0, open === -1 ? undefined : open).map(({ value }) => String(value));
}

/** One map over all files, since a rule may be defined in several. */
function gather(files: ReadonlyMap<string, ParsedFile>): Map<string, string> {
  const all = new Map<string, string>();
  for (const { rules } of files.values()) {
    for (const [name, text] of rules) all.set(name, `${all.get(name) ?? ''}${text}`);
  }
  return all;
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
