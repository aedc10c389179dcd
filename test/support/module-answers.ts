/** What OPA's compiled modules answer for the builtins that they implement themselves, beside what OPA answers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import { PortcullisError } from '../../src/errors.ts';
import { BuiltinError } from '../../src/policy/builtins/builtin.ts';
import { parseJson } from '../../src/policy/builtins/json-value.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { encodeRego } from '../../src/policy/codec.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { Evaluation, Evaluator } from '../../src/policy/evaluator.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import type { Operands } from './opa-eval.ts';
import { fileOf } from './rego-module.ts';

/** The results of one call: several of a relation, none where it is undefined; or what stopped the evaluation. */
export type Answer = readonly RegoValue[] | string;

/** Asks both about many calls. All builtins are compiled into one module. */
export class ModuleAnswers {
  readonly #arities: ReadonlyMap<string, number>;
  readonly #names: readonly string[];
  #load: Promise<() => Promise<Evaluator>> | undefined;

  constructor(arities: ReadonlyMap<string, number>) {
    this.#arities = arities;
    this.#names = [...arities.keys()];
  }

  async ofModule(builtin: string, rows: readonly Operands[]): Promise<Answer[]> {
    const load = await (this.#load ??= this.#build());
    const entrypoint = `p${this.#names.indexOf(builtin)}/answers`;
    const found: Answer[] = [];
    // Where an evaluation fails, its rows are asked again by halves.
    const left = [rows];
    for (let part = left.pop(); part !== undefined; part = left.pop()) {
      const answer = await evaluate(load, entrypoint, part);
      if (typeof answer !== 'string') found.push(...answer);
      else if (part.length === 1) found.push(answer);
      else left.push(part.slice(part.length >> 1), part.slice(0, part.length >> 1));
    }
    return found;
  }

  async ofOpa(builtin: string, rows: readonly Operands[]): Promise<Answer[]> {
    return inFolder(async (cwd) => {
      await writeFile(join(cwd, 'ask.rego'), this.#policy(builtin));
      await writeFile(join(cwd, 'input.json'), inputOf(rows));
      const query = `data.p${this.#names.indexOf(builtin)}.answers`;
      const args = [
        'eval',
        '--v0-compatible',
        '--format=raw',
        '--input=input.json',
        '--data=ask.rego',
        query,
      ];
      return answers(await run(args, cwd));
    });
  }

  #build(): Promise<() => Promise<Evaluator>> {
    return inFolder(async (cwd) => {
      const entrypoints = this.#names.map((_, i) => `p${i}/answers`);
      await Promise.all(this.#names.map((name, i) => writeFile(join(cwd, `p${i}.rego`), this.#policy(name))));
      const flags = entrypoints.flatMap((entrypoint) => ['-e', entrypoint]);
      await run(['build', '--v0-compatible', '-t', 'wasm', '-o', 'bundle.tar.gz', ...flags, '.'], cwd);
      const archive = await readFile(join(cwd, 'bundle.tar.gz'));
      const module = await compileModule(
        'policy',
        await fileOf(archive, 'policy.wasm'),
        new Set(BUILTINS.keys()),
      );
      const descriptor: PolicySetDescriptor = {
        name: 'test',
        modules: [module],
        dataJson: Buffer.from('{}'),
        entrypoints,
        defaultEntrypoint: entrypoints[0],
        policyDigest: module.digest,
        dataDigest: '',
        revisions: {},
        activatedAtMs: 0,
      };
      const clock = { wallMs: (): number => 0, monotonicMs: (): number => 0 };
      return () => createWasmEvaluator(descriptor, { builtins: BUILTINS, clock });
    });
  }

  /** Deprecated builtins are those of the older language. Sets arrive as `{"$set": […]}`, at most two deep. */
  #policy(builtin: string): string {
    const arity = this.#arities.get(builtin)!;
    // OPA remembers a function's results by its arguments, and 0, -0 and 0.0 are equal: places keep calls apart.
    const operands = Array.from({ length: arity }, (_, i) => `operand([i, ${i}], row[${i}])`);
    const call = builtin === 'walk' ? `walk(${operands[0]}, x)` : `x = ${builtin}(${operands.join(', ')})`;
    return `package p${this.#names.indexOf(builtin)}
answers = [answer | row = input[i]; answer = [x | ${call}]]
operand(at, x) = {y | y = inner([at, j], x["$set"][j])} { is_array(x["$set"]) } else = x
inner(at, x) = {y | y = x["$set"][_]} { is_array(x["$set"]) } else = x
`;
  }
}

/** With an evaluator of its own: an evaluation may leave the module's memory in disorder. */
async function evaluate(
  load: () => Promise<Evaluator>,
  entrypoint: string,
  rows: readonly Operands[],
): Promise<Answer[] | string> {
  const evaluator = await load();
  try {
    const time = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
    const { json } = evaluator.evaluate(entrypoint, Buffer.from(inputOf(rows)), time) as Evaluation;
    return json === undefined ? 'fails: undefined' : answers(json);
  } catch (error) {
    if (error instanceof PortcullisError || error instanceof BuiltinError) return `fails: ${error.message}`;
    throw error;
  } finally {
    evaluator.close();
  }
}

function inputOf(rows: readonly Operands[]): string {
  return encodeRego(rows.map((row) => row.map(withoutSets)));
}

function withoutSets(value: RegoValue): RegoValue {
  if (value instanceof Set) return new Map([['$set', Array.from(value, withoutSets)]]);
  return value;
}

function answers(json: string): RegoValue[][] {
  return parseJson(json) as RegoValue[][];
}

async function run(args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runOpa([...args], { cwd });
  if (exitCode !== 0) throw new Error(`opa ${args[0]} failed: ${stderr}${stdout.toString()}`);
  return stdout.toString();
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'module-answers-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
