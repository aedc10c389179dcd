// needs: opa
/**
 * Host builtins through a real module, beside OPA: values cross between module and host twice, so this shows what a
 * builtin's own test cannot. What each builtin answers is tested beside it.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { policySet } from './support/rego-module.ts';

const INPUT = `{
  "text": "Größe 😀, \\"a\\" 1.50", "n": 9007199254740993, "f": 1.0, "ns": 1763806262123456789, "list": [1, 2.5, "x", null, true],
  "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.x3s6BvPzHxJ4fyKSq8kRkQKFdKAGZlTq8tiJLIK5kLI",
  "ips": ["10.0.0.0/30", "10.0.0.4/30", "192.168.0.0/24"], "lone": "\\ud800x", "clef": "\\ud834\\udd1e \\ud840\\udc00"
}`;

/** Expressions over the input. Sets are compared without order, which the module does not keep. */
const EXPRESSIONS: readonly string[] = [
  'sprintf("%v %d %s %q %5.2f %t", [input.list, input.n, input.text, input.text, 2.5, true])',
  'sprintf("%v", [{"b", "a"}])',
  'sprintf("%v %v", [input.n, input.f])',
  'sprintf("%v", [{"k": {1, 2}, "n": null}])',
  'sprintf("%d", ["no number"])',
  'crypto.sha256(input.text)',
  'crypto.md5(input.clef)',
  'crypto.hmac.sha512(input.text, "key")',
  'crypto.sha256(input.lone)',
  'io.jwt.decode(input.token)',
  'io.jwt.verify_hs256(input.token, "wrong")',
  'io.jwt.decode("no token")',
  'io.jwt.encode_sign({"alg": "HS256"}, {"a": input.text, "b": {3, 1}}, {"kty": "oct", "k": "c2VjcmV0"})',
  'io.jwt.encode_sign_raw(`{"alg":"HS256","typ":"text"}`, input.text, `{"kty":"oct","k":"c2VjcmV0"}`)',
  'crypto.x509.parse_certificates(input.text)',
  'crypto.x509.parse_and_verify_certificates("")',
  'crypto.parse_private_keys("")',
  'time.date(input.ns)',
  'time.clock([input.ns, "Europe/Berlin"])',
  'time.add_date(input.ns, 0, 1, 1)',
  'time.diff(input.ns, input.ns - 86400000000001)',
  'time.format(input.ns)',
  'time.parse_rfc3339_ns("2025-11-22T10:11:02.123456789Z") == input.ns',
  'time.parse_duration_ns("1h15m")',
  'time.weekday(input.n)',
  'net.cidr_merge(input.ips)',
  'net.cidr_expand("10.0.0.0/30")',
  'net.cidr_contains_matches(input.ips, {"a": "10.0.0.1", "b": "10.0.0.5"})',
  'net.cidr_is_valid(input.text)',
  'regex.find_n("[a-zö]+", input.text, 2)',
  'regex.replace(input.text, "(ö|😀)", "<$1>")',
  'regex.split(" +", input.text)',
  'regex.globs_match("a.a.[0-9]+z", ".b.b2359825792*594823z")',
  'regex.replace(input.text, "(?<=a)b", "")',
  'strings.any_prefix_match(input.text, {"Gr", "x"})',
  'strings.count(input.text, "1")',
  'strings.render_template("{{.a}} and {{.b}}", {"a": input.text, "b": 1})',
  'indexof_n(input.text, "e")',
  'object.subset({"a": {1, 2}, "b": input.list}, {"a": {1}})',
  'object.subset({1, 2, 3}, {input.f})',
  'urlquery.encode(input.text)',
  'urlquery.decode_object("a=1&b=%C3%BC&a=2")',
  'urlquery.encode_object({"a": {"x", "y"}, "b": input.text})',
  'units.parse_bytes("10MiB")',
  'uuid.parse("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")',
  'hex.encode(input.text)',
  'numbers.range_step(1, 9, 4)',
  'type_name(opa.runtime())',
  'count({time.now_ns(), time.now_ns()})',
  'count({rand.intn("a", 1000000), rand.intn("a", 1000000)})',
  'count({uuid.rfc4122("a"), uuid.rfc4122("a"), uuid.rfc4122("b")})',
];

const rules = EXPRESSIONS.map((expression, index) => `r${index} := ${expression}`).join('\n');
const sources = { rego: `package b\n${rules}\n`, entrypoints: EXPRESSIONS.map((_, index) => `b/r${index}`) };
const evaluator = await createWasmEvaluator(await policySet(sources, new Set(BUILTINS.keys())), {
  builtins: BUILTINS,
  clock: { wallMs: () => 0, monotonicMs: () => 0 },
});
const expected = await opa();

for (const [index, expression] of EXPRESSIONS.entries()) {
  test(`${expression} is what OPA gives`, () => {
    const time = { wallMs: Date.now(), deadlineMs: 1 };
    const { json } = evaluator.evaluate(`b/r${index}`, Buffer.from(INPUT), time) as Evaluation;
    assert.deepEqual(json === undefined ? undefined : sorted(parse(json)), sorted(expected[`r${index}`]));
  });
}

/** The package's value by OPA: rules that are undefined are missing. */
async function opa(): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-builtins-'));
  try {
    await writeFile(join(folder, 'policy.rego'), sources.rego);
    await writeFile(join(folder, 'input.json'), INPUT);
    const files = ['-d', join(folder, 'policy.rego'), '-i', join(folder, 'input.json')];
    const run = await runOpa(['eval', '--format=raw', ...files, 'data.b']);
    assert.equal(run.exitCode, 0, run.stderr);
    return parse(run.stdout.toString('utf8')) as Record<string, unknown>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Numbers by their text, so that none is rounded before it is compared. */
function parse(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown, { source }: { source?: string } = {}) =>
    typeof value === 'number' ? `number ${source}` : value,
  );
}

/** Arrays in one order: sets come as arrays, in OPA's order or the module's. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
}
