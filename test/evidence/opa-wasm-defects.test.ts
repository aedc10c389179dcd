// needs: opa
/**
 * Why Portcullis does not evaluate with `@open-policy-agent/opa-wasm` 1.10: each defect is shown on the package, and
 * beside it what our host does with the same module and input. docs/adr/0001-own-wasm-host.md rests on this.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as opaWasm from '@open-policy-agent/opa-wasm';
import { jsonBytesView } from '../../src/decision/json-view.ts';
import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import type { Evaluation } from '../../src/policy/evaluator.ts';
import { WHOLE_PROJECTOR } from '../../src/policy/projection/projector.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import { buildModule, policySet, type RegoSources } from '../support/rego-module.ts';

const SOURCES: RegoSources = {
  rego: `package t
echo := input
absent if not input
blocked := false if input.message
blocked := true if not input.message
conflict := 1 if input.a
conflict := 2 if input.b
one := test.one(input)
set_stays if is_set(test.one({"a", "b"}))
key_stays if test.one({1: "a"})[1] == "a"
big := test.one(9007199254740993)
parts := regex.split(input.pattern, "abc")
`,
  fileName: 'Grüße',
  entrypoints: ['echo', 'absent', 'blocked', 'conflict', 'one', 'set_stays', 'key_stays', 'big', 'parts'].map(
    (rule) => `t/${rule}`,
  ),
  builtins: [{ name: 'test.one', arity: 1 }],
};
const bytes = await buildModule(SOURCES);
const module = new Uint8Array(bytes).buffer;

const builtin = (name: string, call: Builtin['call']): Builtin => ({ name, effects: [], call });
const echo: Builtin['call'] = (_context, value) => value;

type Ours = (rule: string, input?: string | Uint8Array) => string | undefined;

async function ours(call: Builtin['call'] = echo): Promise<Ours> {
  const builtins = new Map([
    ['test.one', builtin('test.one', call)],
    ['regex.split', builtin('regex.split', () => ['ours'])],
  ]);
  const evaluator = await createWasmEvaluator(await policySet(SOURCES, new Set(builtins.keys())), {
    builtins,
    clock: { wallMs: () => 0, monotonicMs: () => 0 },
  });
  return (rule, input) => {
    const json = typeof input === 'string' ? Buffer.from(input) : input;
    return (evaluator.evaluate(`t/${rule}`, json, { wallMs: 0, deadlineMs: 1 }) as Evaluation).json;
  };
}

type Custom = (...args: unknown[]) => unknown;

/** The package, asked with a value or with JSON text. Gives the result's JSON text. */
async function theirs(
  call: Custom = (value) => value,
): Promise<(rule: string, input?: unknown) => string | undefined> {
  const policy = await opaWasm.loadPolicy(module, undefined, { 'test.one': call });
  return (rule, input) => {
    const result = policy.evaluate(input, `t/${rule}`) as { result: unknown }[];
    return result.length === 0 ? undefined : JSON.stringify(result[0]!.result);
  };
}

/** JSON text as the package takes it: it is said to be "assumed to be well-formed". */
const text = (json: string): ArrayBuffer => new Uint8Array(Buffer.from(json)).buffer;

describe('poisoning: a throw through the module does not restore its stack pointer', () => {
  const conflict = { a: 1, b: 1 };

  test('the package answers nothing any more after some hundred conflicting inputs', async () => {
    const evaluate = await theirs();
    let conflicts = 0;
    const outOfBounds = (): boolean => {
      try {
        evaluate('conflict', conflict);
      } catch (thrown) {
        return thrown instanceof WebAssembly.RuntimeError;
      }
      return false;
    };
    while (!outOfBounds()) assert.ok(++conflicts < 2000, 'poisoned before 2,000');
    assert.ok(conflicts > 100);
    assert.throws(() => evaluate('echo', { a: 1 }), WebAssembly.RuntimeError);
    assert.throws(() => evaluate('conflict', { a: 1 }), WebAssembly.RuntimeError);
  });

  test('the package answers nothing any more after some thousand builtins that throw', async () => {
    const evaluate = await theirs(() => {
      throw new Error('no');
    });
    for (let round = 0; round < 10_000; round++) assert.throws(() => evaluate('one', 1));
    assert.throws(() => evaluate('echo', { a: 1 }), WebAssembly.RuntimeError);
  });

  test('ours answers on after both', async () => {
    const evaluate = await ours(() => {
      throw new Error('no');
    });
    for (let round = 0; round < 1000; round++) {
      assert.throws(() => evaluate('conflict', JSON.stringify(conflict)), {
        code: 'evaluation_conflict',
      });
    }
    for (let round = 0; round < 10_000; round++) assert.throws(() => evaluate('one', '1'));
    assert.equal(evaluate('echo', '{"a":1}'), '{"a":1}');
  });
});

describe('falsy inputs', () => {
  for (const input of [0, false, '', null]) {
    test(`${JSON.stringify(input)} is no input to the package, and itself to us`, async () => {
      assert.equal((await theirs())('echo', input), undefined);
      assert.equal((await ours())('echo', JSON.stringify(input)), JSON.stringify(input));
    });
  }
});

describe('JSON that does not parse', () => {
  test('the package evaluates with an undefined input, which `not` takes for a yes', async () => {
    const evaluate = await theirs();
    assert.equal(evaluate('blocked', text('{"message": }')), 'true');
    assert.equal(evaluate('absent', text('{"message": ')), 'true');
  });

  test('ours fails the evaluation', async () => {
    const evaluate = await ours();
    for (const input of ['{"message": }', '{"message": ']) {
      assert.throws(() => evaluate('absent', input), { code: 'evaluation_failed' });
    }
  });
});

describe('JSON with something behind it', () => {
  const input = '{"message": "ok"} garbage';

  test('the package takes it', async () => {
    assert.equal((await theirs())('blocked', text(input)), 'false');
  });

  test('ours is refused before the module sees it', () => {
    const view = jsonBytesView(Buffer.from(input), { maxBytes: 1000, maxDepth: 100 });
    assert.throws(() => view.project(WHOLE_PROJECTOR), { code: 'json_invalid' });
  });
});

describe('deep nesting', () => {
  const deep = '['.repeat(20_000) + ']'.repeat(20_000);

  test('the package overflows the stack, and loses stack each time', async () => {
    const evaluate = await theirs();
    assert.throws(() => evaluate('echo', text(deep)), RangeError);
  });

  test('ours refuses it by the limit, and is as good as before', async () => {
    const evaluate = await ours();
    for (let round = 0; round < 1000; round++) {
      assert.throws(() => evaluate('echo', deep), { code: 'evaluation_limit', message: /nests deeper/ });
    }
    assert.equal(evaluate('echo', '1'), '1');
  });
});

describe('values across builtins', () => {
  test('the package loses sets, keys that are no strings and big integers', async () => {
    const evaluate = await theirs();
    assert.equal(evaluate('set_stays', {}), undefined);
    assert.equal(evaluate('key_stays', {}), undefined);
    assert.equal(evaluate('big', {}), '9007199254740992');
  });

  test('ours keeps them', async () => {
    const evaluate = await ours();
    assert.equal(evaluate('set_stays'), 'true');
    assert.equal(evaluate('key_stays'), 'true');
    assert.equal(evaluate('big'), '9007199254740993');
  });
});

describe('builtins', () => {
  test('the package finds out that one is unknown when it is called', async () => {
    const policy = await opaWasm.loadPolicy(module);
    assert.equal(policy.evaluate({ a: 1 }, 't/echo').length, 1);
    assert.throws(() => policy.evaluate({ a: 1 }, 't/one'), { message: /not implemented: .*test\.one/ });
  });

  test('ours refuses the module, by the name of the builtin', async () => {
    await assert.rejects(compileModule('shop', bytes, new Set(['regex.split'])), {
      code: 'bundle_builtin_unknown',
      message: /test\.one$/,
    });
  });

  test('the package’s own go before those it is given; ours are those it is given', async () => {
    assert.equal((await theirs())('parts', { pattern: 'b' }), '["a","c"]');
    assert.equal((await ours())('parts', '{"pattern":"b"}'), '["ours"]');
  });

  test('the package splits by a backtracking JavaScript expression, which RE2 does not allow', async () => {
    assert.equal((await theirs())('parts', { pattern: '(?<=a)b' }), '["a","c"]');
  });
});

describe('errors', () => {
  const conflict = { a: 1, b: 1 };

  test('the package throws strings, with text that is not ASCII garbled', async () => {
    const evaluate = await theirs();
    let thrown: unknown;
    try {
      evaluate('conflict', conflict);
    } catch (caught) {
      thrown = caught;
    }
    assert.equal(typeof thrown, 'string');
    assert.doesNotMatch(String(thrown), /Grüße0\.rego/);
    assert.match(String(thrown), /conflict/);
  });

  test('ours throws an error with a code, and names the file', async () => {
    const evaluate = await ours();
    assert.throws(() => evaluate('conflict', JSON.stringify(conflict)), {
      name: 'PortcullisError',
      code: 'evaluation_conflict',
      message: /Grüße0\.rego:7:1: .*conflict/,
    });
  });
});

describe('memory', () => {
  const long = 'x'.repeat(400_000);
  const sources: RegoSources = { rego: `package t\nsame if input == "${long}"`, entrypoints: ['t/same'] };

  test('the package’s fixed default does not link with a module that has much static data', async () => {
    const large = new Uint8Array(await buildModule(sources)).buffer;
    await assert.rejects(opaWasm.loadPolicy(large), WebAssembly.LinkError);
  });

  test('ours gives the module what its import section asks for', async () => {
    const clock = { wallMs: () => 0, monotonicMs: () => 0 };
    const evaluator = await createWasmEvaluator(await policySet(sources), { builtins: new Map(), clock });
    const json = Buffer.from(JSON.stringify(long));
    const { json: answer } = evaluator.evaluate('t/same', json, { wallMs: 0, deadlineMs: 1 }) as Evaluation;
    assert.equal(answer, 'true');
  });
});

describe('surrogate pairs', () => {
  // The module's own defect: it joins the halves of an escaped pair by a bitwise or instead of adding.
  const escaped = '"\\ud840\\udc00"';

  test('the package hands escapes to the module, which takes U+20000 for U+10000', async () => {
    assert.equal((await theirs())('echo', text(escaped)), '"\u{10000}"');
  });

  test('ours hands over the character itself', async () => {
    assert.equal((await ours())('echo', escaped), '"\u{20000}"');
  });
});
