import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseYaml } from './yaml.ts';

describe('parseYaml', () => {
  const good: [text: string, json: string][] = [
    ['', 'null'],
    [
      'a: 1.0\nb: 12345678901234567890\nc: 0x10\nd: 017\ne: 1_000',
      '{"a":1,"b":12345678901234567890,"c":16,"d":15,"e":1000}',
    ],
    ['a: 2026-11-22\nb: yes\nc: "1"', '{"a":"2026-11-22","b":"yes","c":"1"}'],
    ['__proto__: {x: 1}', '{"__proto__":{"x":1}}'],
    ['a: &x {p: 1}\nb: *x\nc: {<<: *x, q: 2}', '{"a":{"p":1},"b":{"p":1},"c":{"q":2,"p":1}}'],
    ['c:\n  <<: [{p: 1}, {p: 2, q: 3}]\n  q: 4', '{"c":{"q":4,"p":1}}'],
    ['1: a\ntrue: b\n0x10: c', '{"1":"a","16":"c","true":"b"}'],
    ['"<<": 1', '{"<<":1}'],
    ['a: -0.0', '{"a":-0}'],
    // The nearest anchor before counts, and what an alias brings in changes none.
    ['a: &x 1\nb: *x\nc: {d: *x, e: &x 3}\nf: *x', '{"a":1,"b":1,"c":{"d":1,"e":3},"f":3}'],
    ['a: &x [&y 1]\nb: &y 2\nc: *x\nd: *y', '{"a":[1],"b":2,"c":[1],"d":2}'],
    ['&k a: *k', '{"a":"a"}'],
    // A file that ends inside a block scalar ends it without a line break.
    ['a: |\n  x', '{"a":"x"}'],
    ['a: |+\n  x', '{"a":"x"}'],
    ['a: >\n  x\n  y', '{"a":"x y"}'],
    ['a: |\r\n  x', '{"a":"x"}'],
    ['a: |\n  x\n   ', '{"a":"x\\n "}'],
    ['a: |\n  x\n  ', '{"a":"x\\n"}'],
    ['a: |\n  x\n', '{"a":"x\\n"}'],
    ['a: |\n  x\nb: 1', '{"a":"x\\n","b":1}'],
    ['a: |+\n \n ', '{"a":"\\n"}'],
    ['a: .51_000\nb: .5_\nc: ._5\nd: .5e1_0', '{"a":0.51,"b":".5_","c":"._5","d":5000000000}'],
    ['a: !!float 010\nb: !!float .5_0\nc: !!int 0x10', '{"a":8,"b":0.5,"c":16}'],
  ];
  for (const [text, json] of good) {
    it(`reads ${JSON.stringify(text)}`, () => assert.equal(JSON.stringify(parseYaml(text)), json));
  }

  const bad: [text: string, message: RegExp][] = [
    ['a: [1', /flow/i],
    ['a: 1\na: 2', /the key "a" is named twice/],
    ['a: [{b: {c: 1, "c": 2}}]', /the key "c" is named twice/],
    ['1: a\n0x1: b', /the key "1" is named twice/],
    ['"1": a\n1: b', /the key "1" is named twice/],
    ['a: 1\n---\nb: 2', /several YAML documents/],
    ['a: .inf', /neither infinities nor NaN/],
    ['a: .NaN', /neither infinities nor NaN/],
    ['a: !!binary aGk=', /the YAML tag "binary" does not fit/],
    ['a: !mine x', /the YAML tag "!mine" does not fit/],
    ['a: !mine {b: 1}', /the YAML tag "!mine" is unknown/],
    ['a: !!int x', /the YAML tag "int" does not fit/],
    ['a: !!int 1e3', /the YAML tag "int" does not fit/],
    ['a: !!int "1.0"', /the YAML tag "int" does not fit/],
    ['a: !!int 18446744073709551616', /the YAML tag "int" does not fit/],
    ['a: !!int -9223372036854775809', /the YAML tag "int" does not fit/],
    ['a: !!float 9223372036854775808', /the YAML tag "float" does not fit/],
    ['a: !!timestamp 2026-11-22', /the YAML tag "timestamp" does not fit/],
    ['1e7: a', /no text, integer or boolean/],
    ['a: *x\nb: &x 1', /alias/i],
    ['a: &x [*x]', /nests too deeply/],
    ['a: |2\n   \n   x\n', /indentation of a block scalar is not clear/],
    ['|\n# x', /indentation of a block scalar is not clear/],
    ['1.5: a', /no text, integer or boolean/],
    ['~: a', /no text, integer or boolean/],
    ['? [x]\n: a', /no text, integer or boolean/],
    ['a: *x', /alias/i],
    ['<<: 5', /must bring in mappings/],
    ['<<: {a: 1}\n<<: {b: 1}', /two merge keys/],
    [`${'['.repeat(300)}${']'.repeat(300)}`, /nests too deeply/],
    [laughs(), /too many nodes/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseYaml(text), { code: 'bundle_data_invalid', message });
    });
  }
});

/** Each line holds the one before nine times: a few hundred bytes for nine to the eighth nodes. */
function laughs(): string {
  const lines = ['a0: &a0 [x]'];
  for (let i = 1; i < 9; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(',')}]`);
  return lines.join('\n');
}
